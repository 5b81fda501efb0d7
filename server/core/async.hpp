// The few asynchronous tools the server is built from. I/O thread only.
#pragma once

#include "core/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace vn {

namespace asio = boost::asio;
using asio::awaitable;
using clock = std::chrono::steady_clock;

// For operations whose failure is looked at: auto [ec, n] = co_await ...
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// First line of a coroutine that stops by itself when asked. Total cancellation then only shows in the returned
// state; terminal also ends the operation in flight; neither throws. Holds for the whole spawned stack.
inline awaitable<asio::cancellation_state> graceful()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation(),
                                                       asio::enable_terminal_cancellation());
    co_return co_await asio::this_coro::cancellation_state;
}

inline bool stopping(const asio::cancellation_state& stop) noexcept
{
    return stop.cancelled() != asio::cancellation_type::none;
}

inline bool is_terminal(const asio::cancellation_state& stop) noexcept
{
    return (stop.cancelled() & asio::cancellation_type::terminal) != asio::cancellation_type::none;
}

// Under graceful() it returns early, and does not throw, when cancelled at once (terminal).
inline awaitable<void> pause_for(clock::duration d)
{
    auto ex = co_await asio::this_coro::executor;
    asio::steady_timer timer(ex, d);
    co_await timer.async_wait(as_result);
}

// Happens once; seen by those who wait already and by those who come later.
class event
{
    asio::steady_timer timer_;
    bool set_ = false;

public:
    explicit event(asio::any_io_executor ex) : timer_(std::move(ex), clock::time_point::max()) {}

    bool is_set() const noexcept { return set_; }

    void set()
    {
        set_ = true;
        timer_.expires_at(clock::time_point::min());
    }

    // Returns with is_set() still false if the waiter was cancelled.
    awaitable<void> wait()
    {
        if (!set_)
            co_await timer_.async_wait(as_result);
    }
};

// Wakes whoever waits, as often as it is asked to; a wake-up that comes before the wait is kept. One waiter.
class signal
{
    asio::steady_timer timer_;
    bool raised_ = false;

public:
    explicit signal(asio::any_io_executor ex) : timer_(std::move(ex)) {}

    void raise()
    {
        raised_ = true;
        timer_.cancel();
    }

    // True if it was raised, false when the limit passed or the waiter was cancelled.
    awaitable<bool> wait(clock::duration limit)
    {
        if (!raised_)
        {
            timer_.expires_after(limit);
            co_await timer_.async_wait(as_result);
        }
        co_return std::exchange(raised_, false);
    }
};

// How much may run at once. A lease gives its place back when it dies. Outlives its leases.
class slots
{
    std::size_t free_;
    asio::steady_timer changed_;

public:
    class lease
    {
        slots* owner_ = nullptr;
        friend slots;
        explicit lease(slots* owner) noexcept : owner_(owner) {}

    public:
        lease() = default;
        lease(lease&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        lease& operator=(lease&& other) noexcept
        {
            std::swap(owner_, other.owner_);
            return *this;
        }
        ~lease()
        {
            if (owner_)
                owner_->give_back();
        }
    };

    slots(asio::any_io_executor ex, std::size_t n) : free_(n), changed_(std::move(ex), clock::time_point::max()) {}
    slots(const slots&) = delete;

    std::size_t free() const noexcept { return free_; }

    // Only when free() > 0.
    lease take() noexcept
    {
        --free_;
        return lease(this);
    }

    // Returns without a free place only when cancelled.
    awaitable<void> available()
    {
        const auto stop = co_await asio::this_coro::cancellation_state;
        while (free_ == 0 && stop.cancelled() == asio::cancellation_type::none)
            co_await changed_.async_wait(as_result);
    }

private:
    void give_back()
    {
        ++free_;
        changed_.cancel();
    }
};

// Ends op after limit; whatever op returns or throws earlier is passed on at once. Returns when op has unwound, so op
// may refer to the caller's frame. The timeout shows as errc::timed_out, never as a cancellation.
template <class T>
awaitable<result<T>> with_timeout(clock::duration limit, awaitable<result<T>> op)
{
    auto ex = co_await asio::this_coro::executor;
    asio::steady_timer timer(ex, limit);

    // Not op || timer: that waits for one success, so an exception from op would be held back until the timer ends,
    // and then be forgotten.
    auto race = asio::experimental::make_parallel_group(asio::co_spawn(ex, std::move(op), asio::deferred),
                                                        timer.async_wait(asio::deferred));
    auto [order, thrown, value, timer_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);

    if (order[0] == 1 && !timer_error)
        co_return errc::timed_out;
    if (thrown)
        std::rethrow_exception(thrown);
    co_return std::move(value);
}

// Runs op to its end, whatever cancellation comes meanwhile: it shows afterwards. For clean-up that has to wait; op
// bounds itself.
template <class T>
awaitable<T> shielded(awaitable<T> op)
{
    auto ex = co_await asio::this_coro::executor;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto outcome =
        co_await asio::co_spawn(ex, std::move(op), asio::bind_cancellation_slot(asio::cancellation_slot(), as_result));
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (auto& thrown = std::get<0>(outcome))
        std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<T>)
        co_return std::move(std::get<1>(outcome));
}

// Runs work() on the pool and comes back to the caller's executor with what it returned or threw. Not cancellable:
// work must bound itself; it may refer to the caller's frame.
template <class Work>
awaitable<std::invoke_result_t<Work&>> on_pool(asio::thread_pool& pool, Work work)
{
    using value = std::invoke_result_t<Work&>;
    struct outcome
    {
        std::optional<value> given;
        std::exception_ptr thrown;
    };

    auto ex = co_await asio::this_coro::executor;
    outcome out;
    asio::steady_timer done(ex, clock::time_point::max());
    bool finished = false;
    asio::post(pool, [&, back = asio::prefer(ex, asio::execution::outstanding_work.tracked)] {
        try
        {
            out.given.emplace(work());
        }
        catch (...)
        {
            out.thrown = std::current_exception();
        }
        asio::post(back, [&] {
            finished = true;
            done.cancel();
        });
    });
    // The worker refers to this frame: cancellation ends no wait here.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!finished)
        co_await done.async_wait(asio::bind_cancellation_slot(asio::cancellation_slot(), as_result));
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (out.thrown)
        std::rethrow_exception(out.thrown);
    co_return std::move(*out.given);
}

} // namespace vn
