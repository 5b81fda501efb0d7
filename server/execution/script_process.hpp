// One run of a script as seen by the thread that runs it: the document in, its output and errors out, until it has
// ended and nothing of it is left.
#pragma once

#include "core/process.hpp"
#include "execution/script_run.hpp"

#include <mutex>
#include <string>

namespace vn {

class script_process
{
public:
    // plan.in, out and err are set here; document is borrowed. What is printed waits in the pipe while it is unwatched.
    script_process(process_plan plan, const std::string& document, script_bounds bounds,
                   std::chrono::milliseconds unwatched);
    script_process(const script_process&) = delete;

    // Returns when nothing of the script is left, with the processor time that it took. How long it may run is the
    // caller's to say, by tell().
    std::chrono::microseconds blocking_run();

    // A signal to the whole group, and what it is told for; before the start: it is not started. Any thread.
    void tell(int signal, script_report::ending why);

    // Once, after blocking_run().
    result<script_report> take();

private:
    struct pipes;

    bool start(pipes& p);
    void accompany(pipes& p);
    void bury(pid_t id, bool exited);
    void finish(pipes& p);
    void feed(pipes& p);
    void take_output(const char* part, std::size_t size);
    void take_errors(const char* part, std::size_t size);
    bool does_not_die();

    process_plan plan_;
    const std::string& document_;
    std::size_t written_ = 0;
    const script_bounds bounds_;
    const std::chrono::milliseconds unwatched_;
    error_code error_;
    script_report report_;
    std::chrono::microseconds processor_{0};

    std::mutex mutex_; // of what follows
    pid_t id_ = 0;     // while there is something to tell it
    bool over_ = false;
    int told_ = 0; // the last signal
    clock::time_point killed_ = clock::time_point::max();
    script_report::ending why_ = script_report::ending::by_itself;
};

} // namespace vn
