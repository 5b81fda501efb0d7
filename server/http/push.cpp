#include "http/push.hpp"

#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>

namespace vn::http {

namespace {

// Between two looks at clock and stop.
constexpr std::size_t texts_at_once = 256;
constexpr clock::duration farewell = std::chrono::seconds(2);

class push_loop
{
    push_transport& transport_;
    push_source& source_;
    const push_times times_;
    const bool& stopping_;
    bool peer_is_gone_ = false;
    bool is_over_ = false;

public:
    push_loop(push_transport& transport, push_source& source, push_times times, const bool& stopping)
        : transport_(transport), source_(source), times_(times), stopping_(stopping)
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
        auto next_beat = clock::now() + times_.beat;
        while (!peer_is_gone_)
        {
            const bool sent = co_await send_some();
            const auto state = co_await asio::this_coro::cancellation_state;
            if (!sent || is_terminal(state) || clock::now() >= transport_.patience())
                break;
            if (stopping(state) || stopping_)
            {
                co_await transport_.finish({1001, "the server stops"}, farewell);
                break;
            }
            if (source_.has_more())
                continue;
            if (const auto end = source_.ended())
            {
                co_await transport_.finish(*end, std::min(times_.write, farewell));
                break;
            }
            const auto now = clock::now();
            if (now >= next_beat)
            {
                const bool beaten = co_await transport_.beat(source_.idle_text());
                if (!beaten)
                    break;
                next_beat = now + times_.beat;
            }
            const auto wake = std::min({next_beat, transport_.patience(), source_.look_again()});
            // Only this wait is ended by a total cancellation; graceful() would forget it.
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            co_await source_.news().wait(std::max(wake - clock::now(), clock::duration::zero()));
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
    awaitable<bool> send_some()
    {
        for (std::size_t n = 0; n < texts_at_once; ++n)
        {
            const auto text = source_.take();
            if (!text)
                break;
            const bool more = n + 1 < texts_at_once && source_.has_more();
            const bool sent = co_await transport_.send(*text, more);
            if (!sent)
                co_return false;
        }
        co_return true;
    }
};

} // namespace

awaitable<void> run_push(push_transport& transport, push_source& source, push_times times, const bool& stopping)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto ex = co_await asio::this_coro::executor;
    push_loop loop(transport, source, times, stopping);
    auto both = asio::experimental::make_parallel_group(asio::co_spawn(ex, loop.listen(), asio::deferred),
                                                        asio::co_spawn(ex, loop.speak(), asio::deferred));
    auto [order, listened, spoke] = co_await both.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    if (listened)
        std::rethrow_exception(listened);
    if (spoke)
        std::rethrow_exception(spoke);
}

} // namespace vn::http
