#include "execution/script_verdict.hpp"

#include "domain/retry.hpp"

#include <cerrno>
#include <string.h>

namespace vn {

namespace {

constexpr int exit_invalid = 65; // EX_DATAERR
constexpr int exit_not_executable = 126;
constexpr int exit_not_found = 127;

std::string with_errors(std::string text, std::string_view errors)
{
    while (!errors.empty() && static_cast<unsigned char>(errors.back()) <= ' ')
        errors.remove_suffix(1);
    if (errors.empty())
        return text + ".";
    return text.append(": ").append(errors);
}

script_failure failed(const char* code, attempt_failure kind, std::string message)
{
    return {{.code = code, .message = std::move(message)}, is_retryable(kind)};
}

std::string signal_name(int signal)
{
    const char* const name = ::sigabbrev_np(signal);
    return name ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

} // namespace

std::optional<script_failure> failure_of(const script_report& r)
{
    if (r.how == script_report::ending::deadline)
        return failed("task-deadline", attempt_failure::deadline,
                      with_errors("The script did not end in the time allowed", r.errors));
    if (r.how == script_report::ending::too_much_output)
        return failed("script-output-too-large", attempt_failure::bad_output,
                      with_errors("The script wrote more output than allowed", r.errors));
    if (r.end.signal != 0)
        return failed("script-signal", attempt_failure::signalled,
                      with_errors("The script was ended by " + signal_name(r.end.signal), r.errors));
    if (r.end.code == 0)
        return std::nullopt;

    auto message = with_errors("The script exited with code " + std::to_string(r.end.code), r.errors);
    if (r.end.code == exit_invalid)
        return failed("script-invalid", attempt_failure::do_not_retry, std::move(message));
    const bool not_started = r.end.code == exit_not_executable || r.end.code == exit_not_found;
    return failed(not_started ? "script-not-startable" : "script-failed", attempt_failure::exited, std::move(message));
}

script_failure not_startable(std::string_view path, const error_code& why)
{
    const auto kind = why.value() == E2BIG ? attempt_failure::do_not_retry : attempt_failure::exited;
    return failed("script-not-startable", kind,
                  "The script " + std::string(path) + " cannot be started: " + why.message() + ".");
}

} // namespace vn
