#include "engine/event_replay.hpp"

#include <utility>

namespace vn {

bool event_replay::give(const kept_events& kept, const event_channel& channel, event_listener& l, event_counts& counts)
{
    const bool is_first = std::exchange(is_first_, false);
    // From the start of nothing at all: there may have been something that is gone.
    bool is_whole = kept.is_whole && !(is_first && position_.offset == 0 && kept.end.offset == 0);
    if (is_first && takes_part_)
        is_whole_ = std::exchange(is_whole, true);
    if (!is_whole)
    {
        // What came live meanwhile was not given to it: it goes on where the others are.
        const auto end =
            channel.is_live() && channel.position().offset > kept.end.offset ? channel.position() : kept.end;
        l.is_behind = false;
        l.set_position(end);
        l.tell(recovery_notice(false, end));
        ++counts.not_recovered;
        return true;
    }
    for (const auto& m : kept.events)
        l.offer(m);
    if (!kept.events.empty())
        position_ = kept.events.back()->position;
    if (!kept.events.empty() || !channel.is_level_with(l))
        return false;
    l.is_behind = false;
    l.tell(recovery_notice(is_whole_, position_));
    ++(is_whole_ ? counts.recovered : counts.not_recovered);
    return true;
}

} // namespace vn
