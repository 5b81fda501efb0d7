// One who listens: what waits to be sent to it, bounded in count and bytes. I/O thread only.
#pragma once

#include "core/alert.hpp"
#include "engine/event_message.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace vn {

struct event_queue_limits
{
    std::size_t messages = 512;
    std::size_t bytes = 1 << 20;
    // Of a queue that is full: the oldest go, and the listener is told; else the listener goes.
    bool drops_oldest = false;
};

struct event_counts
{
    std::uint64_t received = 0; // messages of channels that somebody listens to
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;
    std::uint64_t too_slow = 0; // listeners that were sent away
    std::uint64_t recovered = 0;
    std::uint64_t not_recovered = 0;
    std::size_t queued = 0;
    std::size_t queued_bytes = 0;
};

class event_listener : public std::enable_shared_from_this<event_listener>
{
public:
    // alerts and counts outlive it.
    event_listener(raised_alerts& alerts, event_queue_limits limits, event_filter filter, event_counts& counts);
    ~event_listener();
    event_listener(const event_listener&) = delete;

    // A message of the channel, live or kept: events of ours come in order and each once, whatever is offered twice.
    void offer(const shared_event& m);
    // A notice for this one only, whatever its filter.
    void tell(shared_event notice);
    // Goes on from there: what is offered of before is skipped.
    void set_position(event_position at) noexcept { position_ = at; }
    event_position position() const noexcept { return position_; }

    // The next message to send; null if there is none. news is raised when that changes.
    shared_event take();
    bool is_empty() const noexcept { return next_ == waiting_.size() && dropped_ == 0; }
    alert& news() noexcept { return news_; }

    // It could not keep up: it gets no more and is to be sent away.
    bool is_too_slow() const noexcept { return too_slow_; }

    // More than half of what may wait does.
    bool is_crowded() const noexcept
    {
        return !too_slow_ && (2 * size() > limits_.messages || 2 * bytes_ > limits_.bytes);
    }
    bool is_nearly_empty() const noexcept { return 8 * size() <= limits_.messages && 8 * bytes_ <= limits_.bytes; }
    std::uint64_t taken() const noexcept { return taken_; }
    // Others wait for it when it is crowded: until it was found to stand still, and again when it is nearly empty.
    bool is_waited_for = true;

    // Whom it listens to; empty: nobody yet.
    std::string user;
    // Kept events are being read for it: it gets none of ours live.
    bool is_behind = false;
    // The last event of its request that was offered, if it listens to one: it has come to its end, for now.
    bool at_end() const noexcept { return at_end_; }

    const event_filter& filter() const noexcept { return filter_; }

private:
    std::size_t size() const noexcept { return waiting_.size() - next_; }
    void add(shared_event m);
    bool make_room(std::size_t bytes);
    void forget_all();

    const event_queue_limits limits_;
    const event_filter filter_;
    event_counts& counts_;
    alert news_;
    std::vector<shared_event> waiting_; // from next_ on
    std::size_t next_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t taken_ = 0;
    event_position position_;
    bool too_slow_ = false;
    bool at_end_ = false;
};

} // namespace vn
