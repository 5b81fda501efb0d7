// Wakes those who wait for long, where many wait and are woken often: without a timer and an operation of Asio for
// each. I/O thread only.
#pragma once

#include "core/async.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/intrusive/list.hpp>

namespace vn {

class alert;

// Those that were raised, until their waiters go on: some at once, so that everything else goes on as well.
class raised_alerts
{
public:
    explicit raised_alerts(asio::any_io_executor ex) : ex_(std::move(ex)) {}
    raised_alerts(const raised_alerts&) = delete;

private:
    friend alert;
    using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    using list =
        boost::intrusive::list<alert, boost::intrusive::base_hook<hook>, boost::intrusive::constant_time_size<false>>;
    static constexpr int at_once = 32;

    void add(alert& a);
    void post();
    void wake_some();

    asio::any_io_executor ex_;
    list list_;
    bool posted_ = false;
};

// May be raised as often as one likes; what comes before the wait is kept. One waiter.
class alert : public raised_alerts::hook
{
    raised_alerts& all_;
    asio::any_completion_handler<void()> waiter_;
    bool raised_ = false;
    friend raised_alerts;

public:
    // all outlives it, and it outlives the coroutine that waits.
    explicit alert(raised_alerts& all) : all_(all) {}
    alert(const alert&) = delete;

    void raise()
    {
        raised_ = true;
        wake();
    }

    // Is awaited: until it is raised, or a cancellation comes that the waiter lets through; it does not throw then.
    auto async_wait()
    {
        return asio::async_initiate<const asio::deferred_t&, void()>(
            [this](auto handler) {
                auto slot = asio::get_associated_cancellation_slot(handler);
                waiter_ = std::move(handler);
                if (slot.is_connected())
                    slot.assign([this](asio::cancellation_type) { wake(); });
                if (raised_)
                    wake();
            },
            asio::deferred);
    }

private:
    void wake()
    {
        if (waiter_ && !is_linked())
            all_.add(*this);
    }
};

inline void raised_alerts::add(alert& a)
{
    list_.push_back(a);
    if (!posted_)
        post();
}

inline void raised_alerts::post()
{
    posted_ = true;
    asio::post(ex_, [this] { wake_some(); });
}

inline void raised_alerts::wake_some()
{
    posted_ = false;
    for (int n = 0; n < at_once && !list_.empty(); ++n)
    {
        auto& a = list_.front();
        list_.pop_front();
        a.raised_ = false;
        std::move(a.waiter_)();
    }
    if (!list_.empty() && !posted_)
        post();
}

} // namespace vn
