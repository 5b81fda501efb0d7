// Values tasks by a script: one process per task, the task document on its standard input, the result on its standard
// output. Codes of failures are in script_verdict.hpp. A script has descriptors 0, 1 and 2, a private folder that is
// its working directory, HOME and TMPDIR, and an environment of PATH, LANG, HOME, TMPDIR, VN_REQUEST_ID,
// VN_GROUP_INDEX, VN_GROUP_NAME, VN_TASK_ID, VN_VALUATION_NAME, VN_ATTEMPT, VN_DEADLINE_MS (milliseconds left at the
// start) and, if there is one, TRACEPARENT.
#pragma once

#include "domain/document_gate.hpp"
#include "execution/executor.hpp"
#include "execution/settings.hpp"

#include <memory>

namespace vn {

// pool: for judging large outputs; outlives the executor. Throws std::runtime_error with the
// reason if there is no place for the scripts' private folders. Calls of run() have ended before it is destroyed.
//
// Of what a script starts nothing survives its end: its group and session are killed, and so is what was orphaned
// unless it belongs to a script that still runs. An orphan belongs to the script in whose session it is or whose HOME
// it has in its environment; a process that has got rid of both is killed at the end of any script.
std::unique_ptr<executor> make_script_executor(asio::any_io_executor ex, asio::thread_pool& pool,
                                               script_settings settings, document_limits limits = {});

} // namespace vn
