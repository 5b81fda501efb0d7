// Writes how attempts at tasks ended, as many in one step as have ended meanwhile. I/O thread only.
#pragma once

#include "engine/dispatched_task.hpp"
#include "engine/settings.hpp"
#include "engine/updates_feed.hpp"
#include "redis/client.hpp"

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

class task_results
{
public:
    // updates: told of what counts. park: for a task whose keys hold something else than they should. written:
    // Redis has the outcome of this entry, or will never take it.
    task_results(redis::client& redis, updates_feed& updates, const engine_settings& s,
                 std::function<awaitable<void>(const dispatched_task&)> park,
                 std::function<void(const std::string& entry)> written)
        : redis_(redis), updates_(updates), settings_(s), park_(std::move(park)), written_(std::move(written))
    {}

    // The place is kept until the outcome is on its way: one batch at most waits for Redis beside as many tasks as
    // there are places. Returns at once if another call is writing, which then writes this as well; else when nothing
    // is left to write, or when the node stops before Redis has answered.
    awaitable<void> add(dispatched_task task, task_outcome outcome, slots::lease place);

private:
    struct ended
    {
        dispatched_task task;
        task_outcome outcome;
        slots::lease place;
    };

    // Stores a result that is too large to travel with the others apart from them. False: given up, or the node
    // stops.
    awaitable<bool> store(ended& e);
    std::vector<ended> next_batch();
    static void append(redis::arguments& args, const ended& e);
    static task_update update_of(ended e, std::string id);
    redis::arguments arguments_of(const std::vector<ended>& batch) const;
    // Returns when Redis has answered, or when the node stops before.
    awaitable<void> write(std::vector<ended> batch);
    // last: id of the last update if they are not to be read, else empty.
    awaitable<void> told(std::vector<ended> batch, std::vector<std::string> words, std::string last);
    // It is not renewed any more: claimed after a lease, here or elsewhere, at most max_deliveries times.
    awaitable<void> give_up(const ended& e, error_code why);

    redis::client& redis_;
    updates_feed& updates_;
    const engine_settings& settings_;
    std::function<awaitable<void>(const dispatched_task&)> park_;
    std::function<void(const std::string&)> written_;
    std::deque<ended> waiting_;
    bool writing_ = false;
};

} // namespace vn
