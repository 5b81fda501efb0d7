#include "http/alarms.hpp"

namespace vn::http {

awaitable<void> alarms::run()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto stop = co_await asio::this_coro::cancellation_state;
    while (!stopping(stop))
    {
        timer_.expires_at(times_.empty() ? clock::time_point::max() : times_.begin()->first);
        co_await timer_.async_wait(as_result);
        raise_those_due();
    }
}

void alarms::raise_those_due()
{
    const auto now = clock::now();
    while (!times_.empty() && times_.begin()->first <= now)
    {
        auto& due = *times_.begin()->second;
        due.unset();
        due.alert_.raise();
    }
}

void alarms::one::set(clock::time_point at)
{
    if (at == clock::time_point::max() || (is_set_ && place_->first <= at))
        return;
    unset();
    place_ = all_.times_.emplace(at, this);
    is_set_ = true;
    if (place_ == all_.times_.begin())
        all_.timer_.cancel();
}

void alarms::one::unset()
{
    if (is_set_)
        all_.times_.erase(place_);
    is_set_ = false;
}

} // namespace vn::http
