// Ends a task in hand that nobody wants any more. I/O thread only.
#pragma once

#include "core/async.hpp"

namespace vn {

class recall
{
    asio::steady_timer made_at_;
    bool made_ = false;

public:
    explicit recall(asio::any_io_executor ex) : made_at_(std::move(ex), clock::time_point::max()) {}

    bool is_made() const noexcept { return made_; }
    void make()
    {
        made_ = true;
        made_at_.cancel();
    }

    // What op gives; nothing if the recall was made before or meanwhile: op is cancelled (terminal) then, and has
    // unwound when this returns. What op throws otherwise is passed on.
    template <class T>
    awaitable<std::optional<T>> unless_made(awaitable<T> op)
    {
        if (made_)
            co_return std::nullopt;
        auto ex = co_await asio::this_coro::executor;
        auto race = asio::experimental::make_parallel_group(asio::co_spawn(ex, std::move(op), asio::deferred),
                                                            made_at_.async_wait(asio::deferred));
        auto [order, thrown, value, woken] =
            co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
        if (thrown && made_)
            co_return std::nullopt;
        if (thrown)
            std::rethrow_exception(thrown);
        co_return std::move(value);
    }
};

} // namespace vn
