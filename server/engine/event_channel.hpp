// The channel of one user on this node, and who listens to it here: plain state, the hub carries it out.
//
//   starting ── the end of what is kept is known, and Redis has confirmed the channel ──> catching up ──> live
//      ^                                                                                      │            │
//      └──────────────── the connection was interrupted ──────────────────────────────────────┴────────────┘
//
// While it catches up, events of ours that come live are only noted: they are in what is kept, which is read until
// there is nothing more. So there is neither a hole nor a double, and nothing to hold back. What others published
// during an interruption is kept nowhere: so after each one every listener is told, also if it missed nothing of ours.
#pragma once

#include "engine/event_listener.hpp"
#include "engine/event_store.hpp"

#include <optional>
#include <vector>

namespace vn {

class event_channel
{
public:
    event_channel() = default;
    event_channel(const event_channel&) = delete;

    void add(event_listener& l) { listeners_.push_back(&l); }
    // True if it was the last one.
    bool remove(event_listener& l);
    std::size_t listeners() const noexcept { return listeners_.size(); }
    bool has_filters() const noexcept;

    // The position from which on everything is to be told.
    void start_at(event_position at) { position_ = at; }
    bool has_start() const noexcept { return position_.has_value(); }
    // What comes live from here on may have a hole before it.
    void interrupted() noexcept
    {
        was_interrupted_ = was_interrupted_ || phase_ != phase::starting;
        phase_ = phase::starting;
    }
    // False: there is nothing to do, as it has no start yet or catches up already.
    bool confirmed();

    // A message that came live; crowded gets those listeners that it left crowded.
    void published(const shared_event& m, std::vector<event_listener*>& crowded);
    // What was read behind position() while it catches up; crowded as above. True if it is live now.
    bool caught(const kept_events& kept, std::vector<event_listener*>& crowded, event_counts& counts);

    bool is_live() const noexcept { return phase_ == phase::live; }
    event_position position() const noexcept { return position_.value_or(event_position()); }

    // For a listener that reads for itself what is kept: it is at the same place as all the others.
    bool is_level_with(const event_listener& l) const noexcept
    {
        return is_live() && (l.position().epoch != position().epoch || l.position().offset >= position().offset);
    }

private:
    enum class phase
    {
        starting,
        catching_up,
        live,
    };

    std::vector<event_listener*> listeners_;
    std::optional<event_position> position_;
    event_position noted_;      // the last that came live while it catches up
    std::uint64_t missing_ = 0; // its offset, when what was read did not have it
    phase phase_ = phase::starting;
    bool was_interrupted_ = false; // and its listeners have not been told yet

    void go_live(bool recovered, event_counts& counts);
};

} // namespace vn
