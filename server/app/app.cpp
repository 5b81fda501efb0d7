#include "app/app.hpp"

#include "app/descriptors.hpp"
#include "core/children.hpp"
#include "core/ids.hpp"
#include "core/log.hpp"
#include "redis/connection_config.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <stdexcept>
#include <unistd.h>

namespace vn {

namespace {

std::string new_node_name()
{
    char host[256] = "node";
    ::gethostname(host, sizeof host - 1);
    return std::string(host) + "-" + new_id().substr(24);
}

} // namespace

app::app(settings s) : settings_(std::move(s)), stop_asked_(loop_.get_executor()), hurry_(loop_.get_executor())
{
    if (settings_.engine.node.empty())
        settings_.engine.node = new_node_name();
}

int app::run()
{
    std::signal(SIGPIPE, SIG_IGN);
    const auto descriptors = raise_descriptor_limit();
    const auto room = connections_within(descriptors, settings_);
    if (room < settings_.http.max_connections)
        log::warning("fewer connections than set: the limit on open files is low",
                     {{"connections", room}, {"descriptors", descriptors}});
    settings_.http.max_connections = room;
    children::become_subreaper();

    int code = 1;
    std::exception_ptr thrown;
    task_group group(loop_.get_executor(), [&](std::exception_ptr e) { thrown = std::move(e); });
    group.spawn([this] { return wait_for_signals(); });
    asio::co_spawn(loop_, serve(), [&](std::exception_ptr e, int result) {
        thrown = e ? e : thrown;
        code = result;
        group.close();
        group.cancel(asio::cancellation_type::terminal);
    });
    loop_.run();
    if (!thrown)
        return code;
    try
    {
        std::rethrow_exception(thrown);
    }
    catch (const std::exception& e)
    {
        log::error("the server ends", {{"what", e.what()}});
    }
    return 1;
}

// SIGINT and SIGTERM mean the same; a second one ends the grace.
awaitable<void> app::wait_for_signals()
{
    asio::signal_set signals(loop_, SIGINT, SIGTERM);
    co_await signals.async_wait(asio::use_awaitable);
    log::info("stopping");
    stop_asked_.set();
    co_await signals.async_wait(asio::use_awaitable);
    log::info("stopping now");
    hurry_.set();
}

awaitable<result<redis::endpoint, failure>> app::find_redis()
{
    auto& s = settings_.redis;
    if (s.url.empty())
    {
        redis_ = std::make_unique<embedded_redis>(loop_.get_executor(),
                                                  embedded_redis_settings{settings_.data_dir, settings_.redis_program});
        auto url = co_await redis_->start();
        if (!url)
            co_return url.error();
        s.url = std::move(*url);
    }
    auto where = redis::parse_endpoint(s.url);
    if (where && !s.password_file.empty())
    {
        auto secret = redis::read_password_file(s.password_file);
        if (!secret)
            co_return secret.error();
        where->password = std::move(*secret);
    }
    co_return where;
}

awaitable<result<redis::endpoint, failure>> app::find_redis_unless_stopped()
{
    std::optional<result<redis::endpoint, failure>> found;
    event decided(loop_.get_executor());
    std::exception_ptr thrown;
    task_group looking(loop_.get_executor(), [&thrown, &decided](std::exception_ptr e) {
        thrown = std::move(e);
        decided.set();
    });
    looking.spawn([this, &found, &decided] { return look_for_redis(found, decided); });
    looking.spawn([this, &decided] { return pass_on_stop(decided); });
    co_await decided.wait();
    looking.close();
    looking.cancel(asio::cancellation_type::terminal);
    co_await looking.join();
    if (thrown)
        std::rethrow_exception(thrown);
    if (found)
        co_return std::move(*found);
    // Nobody sees it: the caller asks whether it was stopped.
    co_return failure{.code = "redis-not-ready", .message = "The server was stopped before it found its Redis."};
}

awaitable<void> app::look_for_redis(std::optional<result<redis::endpoint, failure>>& found, event& decided)
{
    found = co_await find_redis();
    decided.set();
}

awaitable<void> app::pass_on_stop(event& decided)
{
    co_await stop_asked_.wait();
    decided.set();
}

awaitable<int> app::serve()
{
    auto where = co_await find_redis_unless_stopped();
    if (!where && stop_asked_.is_set())
    {
        // Nothing is in hand yet: a Redis that still loads is not waited for.
        if (redis_)
            co_await redis_->stop();
        log::info("stopped");
        co_return 0;
    }
    if (!where)
    {
        log::error("the server cannot start", {{"code", where.error().code}, {"reason", where.error().message}});
        if (redis_)
            co_await redis_->stop();
        co_return 1;
    }
    log::info("redis", {{"where", where->shown()}, {"embedded", redis_ != nullptr}});

    std::string problem;
    task_group watching(loop_.get_executor(), [](std::exception_ptr) {});
    try
    {
        node_ = std::make_unique<node>(loop_.get_executor(), settings_, *where, [this, &problem] {
            problem = "a part of the server broke down";
            stop_asked_.set();
        });
    }
    catch (const std::runtime_error& e)
    {
        problem = e.what();
    }
    if (node_)
    {
        if (redis_)
            watching.spawn([this] { return redis_->run(); });
        node_->start();
        co_await stop_asked_.wait();
        co_await node_->stop(settings_.shutdown_grace, hurry_);
        node_.reset();
    }
    else
        log::error("the server cannot start", {{"reason", problem}});

    // Redis goes last: everything that was in hand has been handed back by now.
    watching.close();
    watching.cancel(asio::cancellation_type::terminal);
    co_await watching.join();
    if (redis_)
        co_await redis_->stop();
    log::info("stopped");
    co_return problem.empty() ? 0 : 1;
}

} // namespace vn
