// The one place that decides whether a failed attempt is made again, and when (R12, R13).
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace vn {

// How an attempt ended other than well.
enum class attempt_failure
{
    retry,     // the plugin asked for another attempt
    failed,    // the plugin failed
    exited,    // a script's exit code other than 0 and 65
    signalled, // a script or host ended by a signal
    deadline,
    host_lost,
    bad_output,      // the executor gave back something that is not a result
    rejected_result, // a stored result that the owner cannot use (R9)
    invalid,         // the plugin says that the same input will fail again
    do_not_retry,    // exit code 65
    cancelled,
    no_executor,
};

// As recorded in `code`; the name of each value with '-' for '_'.
std::string_view name_of(attempt_failure kind) noexcept;
bool is_retryable(attempt_failure kind) noexcept;

struct retry_policy
{
    unsigned attempts = 3; // in all
    std::chrono::milliseconds first_pause{100};
    std::chrono::milliseconds longest_pause{10'000};
};

// attempt counts from 1: the one that failed.
bool is_retried(attempt_failure kind, unsigned attempt, const retry_policy& policy) noexcept;

// The pause before the attempt after `attempt`: doubling, between half and all of it. random is any 32 bits.
std::chrono::milliseconds pause_after(unsigned attempt, std::uint32_t random, const retry_policy& policy) noexcept;

// The longest that it can be.
std::chrono::milliseconds longest_pause_after(unsigned attempt, const retry_policy& policy) noexcept;

} // namespace vn
