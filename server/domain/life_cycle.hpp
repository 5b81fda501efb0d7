// The states of requests, groups and tasks and the ways between them (R28).
#pragma once

#include <optional>
#include <string_view>

namespace vn {

enum class request_status
{
    received,
    started,
    running,
    succeeded,
    failed,
    cancelled,
};

enum class group_status
{
    running,
    completed,
    failed,
};

enum class task_status
{
    waiting, // to be dispatched, again after a failed attempt
    running,
    completed,
    failed,
    cancelled,
};

// As written in state keys and events.
std::string_view name_of(request_status status) noexcept;
std::string_view name_of(group_status status) noexcept;
std::string_view name_of(task_status status) noexcept;

// Also "completed" for succeeded and "failed_terminal" for failed, as other programs write them.
std::optional<request_status> request_status_of(std::string_view name) noexcept;
std::optional<group_status> group_status_of(std::string_view name) noexcept;
// Also "succeeded" for completed.
std::optional<task_status> task_status_of(std::string_view name) noexcept;

// Staying in a state that is not final is allowed, as every step may be done twice (R2).
bool may_follow(request_status from, request_status to) noexcept;
bool may_follow(group_status from, group_status to) noexcept;
bool may_follow(task_status from, task_status to) noexcept;

bool is_final(request_status status) noexcept;
bool is_final(group_status status) noexcept;
bool is_final(task_status status) noexcept;

} // namespace vn
