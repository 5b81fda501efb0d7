#include "http/push.hpp"

#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>

namespace vn::http {

namespace {

constexpr clock::duration farewell = std::chrono::seconds(2);

class push_loop
{
    using outcome = push_transport::outcome;

    push_transport& transport_;
    push_source& source_;
    const push_surroundings around_;
    alarms::one alarm_;
    clock::time_point next_beat_;
    clock::time_point due_; // something other than a text
    bool peer_is_gone_ = false;
    bool is_over_ = false;

public:
    push_loop(push_transport& transport, push_surroundings around)
        : transport_(transport), source_(transport.source()), around_(around), alarm_(around.times, source_.news()),
          next_beat_(clock::now() + transport.beat_every())
    {}

    awaitable<void> listen()
    {
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await transport_.listen();
        peer_is_gone_ = true;
        const auto state = co_await asio::this_coro::cancellation_state;
        if (is_terminal(state))
            transport_.abandon();
        if (!is_over_)
            source_.news().raise();
    }

    awaitable<void> speak()
    {
        co_await graceful();
        while (!peer_is_gone_)
        {
            auto sent = transport_.send();
            if (sent == outcome::waiting)
                sent = co_await drained();
            const auto state = co_await asio::this_coro::cancellation_state;
            if (sent == outcome::gone || is_terminal(state) || clock::now() >= transport_.patience())
                break;
            if (stopping(state) || around_.stopping)
            {
                co_await transport_.finish({1001, "the server stops"}, farewell);
                break;
            }
            if (source_.has_more())
                continue;
            if (const auto end = source_.ended())
            {
                co_await transport_.finish(*end, std::min<clock::duration>(around_.settings.write, farewell));
                break;
            }
            const auto now = clock::now();
            if (now >= next_beat_)
            {
                auto beaten = transport_.beat();
                if (beaten == outcome::waiting)
                    beaten = co_await drained();
                if (beaten == outcome::gone)
                    break;
                next_beat_ = now + transport_.beat_every();
            }
            due_ = std::min({next_beat_, transport_.patience(), source_.look_again()});
            alarm_.set(due_);
            // Only this wait is ended by a total cancellation; graceful() would forget it.
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            for (bool again = true; again;)
            {
                co_await source_.news().async_wait();
                const auto now_asked = co_await asio::this_coro::cancellation_state;
                again = !stopping(now_asked) && goes_on();
            }
            const auto after = co_await asio::this_coro::cancellation_state;
            if (is_terminal(after))
                break;
            const bool asked = stopping(after);
            co_await graceful();
            if (asked && !peer_is_gone_)
            {
                co_await transport_.finish({1001, "the server stops"}, farewell);
                break;
            }
        }
        is_over_ = true;
        transport_.abandon();
    }

private:
    // What there is to do most often, without anything around it: the source has something, and the peer takes it.
    bool goes_on()
    {
        if (peer_is_gone_ || around_.stopping || clock::now() >= due_ || source_.look_again() < due_)
            return false;
        return transport_.send() == outcome::sent && !source_.has_more() && !source_.ended();
    }

    awaitable<outcome> drained()
    {
        const bool all = co_await transport_.drain(around_.settings.write);
        co_return all ? outcome::sent : outcome::gone;
    }
};

} // namespace

awaitable<void> run_push(push_transport& transport, push_surroundings around)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto ex = co_await asio::this_coro::executor;
    push_loop loop(transport, around);
    auto both = asio::experimental::make_parallel_group(asio::co_spawn(ex, loop.listen(), asio::deferred),
                                                        asio::co_spawn(ex, loop.speak(), asio::deferred));
    auto [order, listened, spoke] = co_await both.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    if (listened)
        std::rethrow_exception(listened);
    if (spoke)
        std::rethrow_exception(spoke);
}

} // namespace vn::http
