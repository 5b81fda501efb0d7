#include "domain/retry.hpp"

#include <algorithm>
#include <cstdint>

namespace vn {

std::string_view name_of(attempt_failure kind) noexcept
{
    switch (kind)
    {
    case attempt_failure::retry:
        return "retry";
    case attempt_failure::failed:
        return "failed";
    case attempt_failure::exited:
        return "exited";
    case attempt_failure::signalled:
        return "signalled";
    case attempt_failure::deadline:
        return "deadline";
    case attempt_failure::host_lost:
        return "host-lost";
    case attempt_failure::bad_output:
        return "bad-output";
    case attempt_failure::rejected_result:
        return "rejected-result";
    case attempt_failure::invalid:
        return "invalid";
    case attempt_failure::do_not_retry:
        return "do-not-retry";
    case attempt_failure::cancelled:
        return "cancelled";
    case attempt_failure::no_executor:
        return "no-executor";
    }
    return "failed";
}

bool is_retryable(attempt_failure kind) noexcept
{
    switch (kind)
    {
    case attempt_failure::retry:
    case attempt_failure::failed:
    case attempt_failure::exited:
    case attempt_failure::signalled:
    case attempt_failure::deadline:
    case attempt_failure::host_lost:
    case attempt_failure::bad_output:
    case attempt_failure::rejected_result:
        return true;
    case attempt_failure::invalid:
    case attempt_failure::do_not_retry:
    case attempt_failure::cancelled:
    case attempt_failure::no_executor:
        return false;
    }
    return false;
}

bool is_retried(attempt_failure kind, unsigned attempt, const retry_policy& policy) noexcept
{
    return is_retryable(kind) && attempt < policy.attempts;
}

std::chrono::milliseconds longest_pause_after(unsigned attempt, const retry_policy& policy) noexcept
{
    auto pause = std::min(policy.first_pause, policy.longest_pause);
    for (unsigned i = 1; i < attempt && pause < policy.longest_pause; ++i)
        pause = std::min(pause * 2, policy.longest_pause);
    return pause;
}

std::chrono::milliseconds pause_after(unsigned attempt, std::uint32_t random, const retry_policy& policy) noexcept
{
    const auto pause = longest_pause_after(attempt, policy);
    const auto half = pause.count() / 2;
    return std::chrono::milliseconds(half + static_cast<std::int64_t>(random) % (pause.count() - half + 1));
}

} // namespace vn
