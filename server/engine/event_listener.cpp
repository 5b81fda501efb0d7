#include "engine/event_listener.hpp"

#include <utility>

namespace vn {

event_listener::event_listener(raised_alerts& alerts, event_queue_limits limits, event_filter filter,
                               event_counts& counts)
    : limits_(limits), filter_(std::move(filter)), counts_(counts), news_(alerts)
{}

event_listener::~event_listener()
{
    forget_all();
}

void event_listener::forget_all()
{
    counts_.queued -= size();
    counts_.queued_bytes -= bytes_;
    waiting_ = {};
    next_ = 0;
    bytes_ = 0;
}

void event_listener::offer(const shared_event& m)
{
    if (m->is_ours())
    {
        if (m->position.epoch == position_.epoch && m->position.offset <= position_.offset)
            return;
        position_ = m->position;
    }
    if (too_slow_ || !filter_.admits(*m))
        return;
    if (!filter_.run_id.empty())
        at_end_ = is_last_event(m->type);
    if (make_room(m->text.size()))
        add(m);
}

void event_listener::tell(shared_event notice)
{
    if (!too_slow_)
        add(std::move(notice));
}

void event_listener::add(shared_event m)
{
    if (next_ > 0 && 2 * next_ >= waiting_.size())
    {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(next_));
        next_ = 0;
    }
    bytes_ += m->text.size();
    ++counts_.queued;
    counts_.queued_bytes += m->text.size();
    waiting_.push_back(std::move(m));
    news_.raise();
}

// False: the message itself goes.
bool event_listener::make_room(std::size_t bytes)
{
    const auto fits = [&] { return size() < limits_.messages && bytes_ + bytes <= limits_.bytes; };
    if (fits())
        return true;
    if (!limits_.drops_oldest)
    {
        too_slow_ = true;
        ++counts_.too_slow;
        counts_.dropped += size() + 1;
        forget_all();
        news_.raise();
        return false;
    }
    while (!fits() && size() > 0)
    {
        const auto oldest = std::exchange(waiting_[next_++], nullptr);
        bytes_ -= oldest->text.size();
        --counts_.queued;
        counts_.queued_bytes -= oldest->text.size();
        ++dropped_;
        ++counts_.dropped;
    }
    if (fits())
        return true;
    ++dropped_;
    ++counts_.dropped;
    news_.raise();
    return false;
}

shared_event event_listener::take()
{
    if (dropped_ > 0)
        return drop_notice(std::exchange(dropped_, 0), position_);
    if (next_ == waiting_.size())
        return nullptr;
    auto m = std::exchange(waiting_[next_++], nullptr);
    bytes_ -= m->text.size();
    --counts_.queued;
    counts_.queued_bytes -= m->text.size();
    ++counts_.delivered;
    ++taken_;
    is_waited_for = is_waited_for || is_nearly_empty();
    // An idle listener holds no memory for what came once.
    if (next_ == waiting_.size())
    {
        if (waiting_.capacity() > 16)
            waiting_ = {};
        else
            waiting_.clear();
        next_ = 0;
    }
    return m;
}

} // namespace vn
