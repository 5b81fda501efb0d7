// One run of a script: the document in, its output and errors out, until it has ended and nothing of it is left.
#pragma once

#include "core/process.hpp"
#include "execution/script_threads.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace vn {

struct script_bounds
{
    std::chrono::milliseconds time_left;
    std::chrono::milliseconds grace; // between SIGTERM and SIGKILL
    std::size_t output_bytes;        // over it the script is killed
    std::size_t error_bytes;         // kept; what comes after is read and dropped
};

struct script_report
{
    enum class ending
    {
        by_itself,
        deadline,
        too_much_output,
    };

    ending how = ending::by_itself;
    process_end end;
    std::string output;
    std::string errors;
};

// plan.in, out and err are set here; document is borrowed. The report comes at the script's exit and not when its
// output is closed: what still holds it is killed. The error is that of start_process(), what was lacking for a thread,
// or operation_aborted after a terminal cancellation: then the script is told to end, killed after the grace or at the
// next terminal cancellation, and the tree is gone. Total cancellation changes nothing. afterwards() is called before
// this returns, in any case and mostly on the thread that ran the script; it may block and must not throw.
awaitable<result<script_report>> run_script(script_threads& threads, process_plan plan, const std::string& document,
                                            script_bounds bounds, std::function<void()> afterwards);

} // namespace vn
