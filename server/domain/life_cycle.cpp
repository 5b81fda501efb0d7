#include "domain/life_cycle.hpp"

#include <iterator>

namespace vn {

namespace {

constexpr std::string_view request_names[] = {"received", "started", "running", "succeeded", "failed", "cancelled"};
constexpr std::string_view group_names[] = {"running", "completed", "failed"};
constexpr std::string_view task_names[] = {"waiting", "running", "completed", "failed", "cancelled"};

// Rows: from; columns: to; in the order of the values.
constexpr bool request_ways[6][6] = {
    {true, true, false, false, true, true},     // received: also fails, as when its payload never appears
    {false, true, true, true, true, true},      // started: succeeds without groups
    {false, false, true, true, true, true},     // running
    {false, false, false, false, false, false}, // succeeded
    {true, false, false, false, false, false},  // failed: retry (R7)
    {false, false, false, false, false, false}, // cancelled
};
constexpr bool group_ways[3][3] = {
    {true, true, true}, {false, false, false}, {true, false, false}, // by a retry of the request
};
constexpr bool task_ways[5][5] = {
    {true, true, true, true, true},      // waiting: a result of an earlier attempt may come, or no executor
    {true, true, true, true, true},      // running: waiting again after a failed attempt
    {true, false, false, false, false},  // completed: the owner rejected the result (R9)
    {true, false, true, false, false},   // failed: by a retry of the request; a late success wins
    {false, false, false, false, false}, // cancelled
};

template <class Status, std::size_t N>
std::optional<Status> find(const std::string_view (&names)[N], std::string_view name) noexcept
{
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name)
            return static_cast<Status>(i);
    return std::nullopt;
}

} // namespace

std::string_view name_of(request_status status) noexcept
{
    return request_names[static_cast<int>(status)];
}
std::string_view name_of(group_status status) noexcept
{
    return group_names[static_cast<int>(status)];
}
std::string_view name_of(task_status status) noexcept
{
    return task_names[static_cast<int>(status)];
}

std::optional<request_status> request_status_of(std::string_view name) noexcept
{
    if (name == "completed")
        return request_status::succeeded;
    if (name == "failed_terminal")
        return request_status::failed;
    return find<request_status>(request_names, name);
}

std::optional<group_status> group_status_of(std::string_view name) noexcept
{
    return find<group_status>(group_names, name);
}

std::optional<task_status> task_status_of(std::string_view name) noexcept
{
    if (name == "succeeded")
        return task_status::completed;
    return find<task_status>(task_names, name);
}

bool may_follow(request_status from, request_status to) noexcept
{
    return request_ways[static_cast<int>(from)][static_cast<int>(to)];
}
bool may_follow(group_status from, group_status to) noexcept
{
    return group_ways[static_cast<int>(from)][static_cast<int>(to)];
}
bool may_follow(task_status from, task_status to) noexcept
{
    return task_ways[static_cast<int>(from)][static_cast<int>(to)];
}

bool is_final(request_status status) noexcept
{
    return status == request_status::succeeded || status == request_status::failed ||
           status == request_status::cancelled;
}
bool is_final(group_status status) noexcept
{
    return status != group_status::running;
}
bool is_final(task_status status) noexcept
{
    return status == task_status::completed || status == task_status::failed || status == task_status::cancelled;
}

} // namespace vn
