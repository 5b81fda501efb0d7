// One reader of the update stream for the whole node: hands each update to the group that waits for it. I/O thread
// only.
#pragma once

#include "core/async.hpp"
#include "redis/stream_reader.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vn {

// What a worker says about one attempt.
struct task_update
{
    std::string id; // of the stream entry
    std::size_t group = 0;
    std::size_t task = 0;
    int attempt = 1;
    bool completed = false;
    // An operator has given a parked task back to the workers: nothing has ended.
    bool requeued = false;
    std::string code;
    std::string error;
    bool retryable = true;
    // Written by a worker of ours, which has recorded a failure and cleaned up.
    bool ours = false;
    // What Redis has as its result and a worker of this node has judged; none where that is not known.
    std::optional<std::string> result = {};
};

// As WIRE has it, liberal in the names it accepts. False if it is no usable update.
bool parse_update(const redis::stream_entry& e, task_update& out);

// What has come for one request and was not looked at yet.
class update_box
{
public:
    // epoch: of the owner, the time in ms at which it took the request.
    update_box(asio::any_io_executor ex, std::string_view epoch);

    // An owner begins with a look at the truth: what was written before, perhaps of attempts before a retry, tells it
    // nothing (decision 0010).
    bool is_old(const task_update& u) const noexcept { return !redis::id_less(taken_, u.id); }

    std::deque<task_update> updates;
    // Updates may have been missed: look at the truth.
    bool missed = false;
    // Nobody wants the run to go on.
    bool abandoned = false;
    signal news;

private:
    std::string taken_; // the last id that an entry of that time can have
};

class updates_feed
{
public:
    // node: the name of this one.
    updates_feed(asio::any_io_executor ex, std::string node, const redis::endpoint& where, const redis::settings& s);

    awaitable<void> run_connection() { return reader_.run_connection(); }
    // Until cancelled.
    awaitable<void> run();

    // box is told about the request until forget(), which it outlives, or until another box takes its place.
    void tell(std::string id, update_box& box);
    void forget(std::string_view id, const update_box& box);
    // What a worker of this node has written: known here at once, and once more if it is read.
    void hand_over(std::string_view id, task_update u);
    // The last update that has been read.
    const std::string& position() const noexcept { return reader_.position(); }
    // A worker of this node has written all updates behind from, up to this one: they need not be read.
    void wrote(std::string_view from, std::string_view to);

    // Why nothing is read, if that is so.
    std::optional<std::string> not_reading() const { return reader_.trouble(); }

private:
    void take_in(std::string_view id, task_update u);

    std::string node_;
    redis::tail_reader reader_;
    bool wrote_ = false; // since the last read began
    std::chrono::milliseconds pause_;
    std::map<std::string, update_box*, std::less<>> boxes_;
};

} // namespace vn
