// One listener that catches up by itself: what is kept behind its position, page by page, until it is where all others
// are. Meanwhile it gets none of our events live, so there is nothing to hold back. Plain state, the hub carries it
// out.
#pragma once

#include "engine/event_channel.hpp"

namespace vn {

// Where one begins who wants what is kept.
struct event_start
{
    event_position after;
    // What is kept is welcome also if something before it is gone.
    bool takes_part = false;
};

class event_replay
{
    event_position position_;
    bool takes_part_;
    bool is_first_ = true;
    bool is_whole_ = true;

public:
    explicit event_replay(event_start start) : position_(start.after), takes_part_(start.takes_part) {}

    // What is to be read next is behind it.
    event_position position() const noexcept { return position_; }

    // What was read there. True: the listener is live, and has been told whether it has missed anything.
    bool give(const kept_events& kept, const event_channel& channel, event_listener& l, event_counts& counts);
};

} // namespace vn
