#include "engine/event_channel.hpp"

#include <algorithm>
#include <utility>

namespace vn {

bool event_channel::remove(event_listener& l)
{
    const auto at = std::find(listeners_.begin(), listeners_.end(), &l);
    if (at != listeners_.end())
    {
        std::swap(*at, listeners_.back());
        listeners_.pop_back();
    }
    return listeners_.empty();
}

bool event_channel::has_filters() const noexcept
{
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [](const event_listener* l) { return l->filter().is_set(); });
}

bool event_channel::confirmed()
{
    if (!position_ || phase_ == phase::catching_up)
        return false;
    phase_ = phase::catching_up;
    noted_ = {};
    missing_ = 0;
    return true;
}

void event_channel::published(const shared_event& m, std::vector<event_listener*>& crowded)
{
    if (m->is_ours())
    {
        if (phase_ != phase::live)
        {
            noted_ = m->position;
            return;
        }
        if (m->position.epoch == position().epoch && m->position.offset <= position().offset)
            return;
        position_ = m->position;
    }
    for (auto* l : listeners_)
    {
        if (m->is_ours() && l->is_behind)
            continue;
        l->offer(m);
        if (l->is_waited_for && l->is_crowded())
            crowded.push_back(l);
    }
}

bool event_channel::caught(const kept_events& kept, std::vector<event_listener*>& crowded, event_counts& counts)
{
    // Interrupted meanwhile: it begins anew.
    if (phase_ != phase::catching_up)
        return true;
    // Nothing before and nothing now: there may have been something that is gone.
    const bool may_be_gone = was_interrupted_ && position().offset == 0 && kept.end.offset == 0;
    if (!kept.is_whole || may_be_gone)
    {
        position_ = noted_.offset > kept.end.offset ? noted_ : kept.end;
        was_interrupted_ = true;
        go_live(false, counts);
        return true;
    }
    for (const auto& m : kept.events)
    {
        if (m->position.epoch == position().epoch && m->position.offset <= position().offset)
            continue;
        position_ = m->position;
        for (auto* l : listeners_)
            if (!l->is_behind)
                l->offer(m);
    }
    for (auto* l : listeners_)
        if (!l->is_behind && l->is_waited_for && l->is_crowded())
            crowded.push_back(l);
    if (!kept.events.empty())
        return false;
    if (noted_.offset > position().offset)
    {
        // It may have come after this was read. One that a later read does not find either has been cut off already, or
        // Redis has lost it.
        if (std::exchange(missing_, noted_.offset) != noted_.offset)
            return false;
        return caught({.is_whole = false, .events = {}, .end = kept.end}, crowded, counts);
    }
    go_live(true, counts);
    return true;
}

// Who reads for itself what is kept is told when it has.
void event_channel::go_live(bool recovered, event_counts& counts)
{
    phase_ = phase::live;
    if (!std::exchange(was_interrupted_, false))
        return;
    for (auto* l : listeners_)
        if (!l->is_behind)
        {
            l->set_position(position());
            l->tell(recovery_notice(recovered, position()));
            ++(recovered ? counts.recovered : counts.not_recovered);
        }
}

} // namespace vn
