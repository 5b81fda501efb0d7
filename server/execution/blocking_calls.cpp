#include "execution/blocking_calls.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace vn {

namespace {

// The runner's own deadline comes first, as it knows more to say; then ours; then nobody may be there to answer.
constexpr std::chrono::milliseconds after_runner{500};
constexpr std::chrono::milliseconds after_us{2'000};

failure unavailable(const char* why)
{
    return {.code = "plugin-unavailable", .message = why};
}
failure too_late()
{
    return {.code = "plugin-deadline", .message = "the plugin did not answer in time"};
}

} // namespace

blocking_calls::answer blocking_calls::blocking_run(call what)
{
    const auto who = std::make_shared<waiting>();
    {
        const std::lock_guard lock(mutex_);
        if (closed_)
            return unavailable("the server is stopping");
        if (std::this_thread::get_id() == io_thread_)
            return unavailable("plugins cannot be called from here");
    }
    asio::post(
        ex_, [self = shared_from_this(), who, what = std::move(what)]() mutable { self->start(who, std::move(what)); });

    std::unique_lock lock(mutex_);
    answered_.wait_for(lock, limit_ + after_runner + after_us, [&] { return who->got || closed_; });
    if (who->got)
        return std::move(*who->got);
    return closed_ ? unavailable("the server is stopping") : too_late();
}

void blocking_calls::close()
{
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    answered_.notify_all();
}

void blocking_calls::here()
{
    const std::lock_guard lock(mutex_);
    io_thread_ = std::this_thread::get_id();
}

void blocking_calls::start(const std::shared_ptr<waiting>& who, call what)
{
    {
        // After close() the group may be gone.
        const std::lock_guard lock(mutex_);
        if (closed_)
            return;
    }
    const bool started = group_.spawn(
        [self = shared_from_this(), who, what = std::move(what)]() mutable { return self->run(who, std::move(what)); });
    if (!started)
        give(*who, unavailable("the server is stopping"));
}

awaitable<void> blocking_calls::run(std::shared_ptr<waiting> who, call what)
{
    using namespace asio::experimental::awaitable_operators;
    try
    {
        asio::steady_timer timer(ex_, limit_ + after_runner);
        auto first = co_await (what(limit_) || timer.async_wait(asio::use_awaitable));
        give(*who, first.index() == 0 ? std::move(std::get<0>(first)) : answer(too_late()));
    }
    catch (...)
    {
        give(*who, unavailable("the server is stopping"));
        throw;
    }
}

void blocking_calls::give(waiting& who, answer a)
{
    {
        const std::lock_guard lock(mutex_);
        who.got = std::move(a);
    }
    answered_.notify_all();
}

} // namespace vn
