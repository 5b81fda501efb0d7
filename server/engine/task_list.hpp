// What a group waits for, task by task: read from Redis, changes nothing. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "domain/group_progress.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct task_query
{
    std::string id;
    std::size_t group = 0;
    std::size_t from = 1;
    std::size_t limit = 100;
    bool all = false;  // those that are done too
    bool over = false; // the request has ended: nothing is waited for
};

struct task_view
{
    std::size_t task = 0;
    // queued (also those that the window does not hold yet), running, waiting-for-retry, completed, failed, lost (its
    // entry has vanished, and it is sent again soon), or cancelled: its request ended before it.
    std::string_view state;
    int attempt = 0;
    std::string node;         // of a worker of ours, else the name of its consumer; if running
    std::string since;        // when the attempt was sent
    long long heard_ms = 0;   // since the last sign of life; if running
    int deliveries = 0;       // if running
    std::string next_attempt; // at the latest; if waiting-for-retry
    std::optional<task_failure> last_failure;
};

struct task_page
{
    std::vector<task_view> tasks;
    std::size_t next = 0; // the task to go on with; 0: that was all
};

class task_lists
{
    redis::client& redis_;
    const engine_settings& settings_;

public:
    task_lists(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // At most limit tasks. With many tasks that are not asked for in between, it may be fewer and next be set.
    awaitable<result<task_page>> read(task_query q);

private:
    task_view view_of(const std::vector<redis::value>& parts, bool over) const;
};

} // namespace vn
