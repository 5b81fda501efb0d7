// What the end of a script means for its task (R13).
#pragma once

#include "core/error.hpp"
#include "execution/script_run.hpp"

#include <optional>
#include <string_view>

namespace vn {

struct script_failure
{
    failure what;
    bool retryable = false;
};

// Nothing if it ended well; its output has still to be judged.
//
//   exit 0                                     -
//   exit 65                                    script-invalid         never again
//   exit 126, 127 (a shell's "cannot start")   script-not-startable   again
//   any other exit                             script-failed          again
//   a signal                                   script-signal          again
//   its time over                              task-deadline          again
//   more output than allowed                   script-output-too-large again
std::optional<script_failure> failure_of(const script_report& report);

// It could not be started: code script-not-startable. A script that is missing or not executable is tried again (it
// may just be being replaced, or another node may have it; attempts and pauses are bounded); arguments that are too
// long for the system are not.
script_failure not_startable(std::string_view path, const error_code& why);

} // namespace vn
