// What becomes of a group, and with it of the request, when a task has failed for good.
#pragma once

#include <optional>
#include <string_view>

namespace vn {

enum class failure_policy
{
    finish,    // the other tasks are done, then the request fails
    fail_fast, // the request fails at once
    go_on,     // the other tasks are done and the request goes on without the failed ones
};

// As in the attribute `on-failure` of a group and in the settings: finish, fail-fast, continue.
std::string_view name_of(failure_policy policy) noexcept;
std::optional<failure_policy> failure_policy_of(std::string_view name) noexcept;

} // namespace vn
