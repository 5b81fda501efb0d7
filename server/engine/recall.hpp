// Ends a task in hand that nobody wants any more. I/O thread only.
#pragma once

#include "core/async.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/scope/scope_exit.hpp>

namespace vn {

class recall
{
    asio::cancellation_signal end_;
    bool made_ = false;

public:
    bool is_made() const noexcept { return made_; }
    void make()
    {
        made_ = true;
        end_.emit(asio::cancellation_type::terminal);
    }

    // What op gives; nothing if the recall was made before or meanwhile: op is cancelled (terminal) then, and has
    // unwound when this returns. What op throws otherwise is passed on. One op at a time.
    template <class T>
    awaitable<std::optional<T>> unless_made(awaitable<T> op)
    {
        if (made_)
            co_return std::nullopt;
        const auto ex = co_await asio::this_coro::executor;
        // Whoever cancels the caller cancels op, too.
        auto of_caller = (co_await asio::this_coro::cancellation_state).slot();
        if (of_caller.is_connected())
            of_caller.assign([this](asio::cancellation_type type) { end_.emit(type); });
        const boost::scope::scope_exit leave([&] { of_caller.clear(); });
        try
        {
            co_return co_await asio::co_spawn(ex, std::move(op),
                                              asio::bind_cancellation_slot(end_.slot(), asio::use_awaitable));
        }
        catch (...)
        {
            if (!made_)
                throw;
        }
        co_return std::nullopt;
    }
};

} // namespace vn
