#include "app/embedded_redis.hpp"

#include "core/children.hpp"
#include "core/log.hpp"

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace vn {

namespace {

using namespace std::chrono_literals;

// A server that is just ending still has the lock, and so for a moment have children it had forked.
constexpr auto lock_patience = 2s;
constexpr auto occupant_patience = 10s;
constexpr auto probe_timeout = 1s;
constexpr auto log_check = 60s;
constexpr auto lived_well = 60s;

std::string found_in_path(const std::string& program)
{
    if (program.find('/') != program.npos)
        return program;
    const char* const path = std::getenv("PATH");
    std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty())
    {
        const auto end = rest.find(':');
        auto candidate = std::string(rest.substr(0, end)) + "/" + program;
        if (candidate.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return {};
}

std::string url_of(const std::string& socket)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string url = "unix://";
    for (const char c : socket)
        if (c == '%' || c == '?' || c == '#' || static_cast<unsigned char>(c) <= ' ')
            url.append(1, '%').append(1, hex[static_cast<unsigned char>(c) >> 4]).append(1, hex[c & 15]);
        else
            url += c;
    return url;
}

std::string describe(const process_end& end)
{
    return end.signal != 0 ? "ended by signal " + std::to_string(end.signal)
                           : "exited with code " + std::to_string(end.code);
}

// For a process that is no child of ours.
awaitable<bool> wait_for_other(pid_t id, clock::duration limit)
{
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
    if (pidfd < 0)
        co_return true;
    asio::posix::stream_descriptor ended(co_await asio::this_coro::executor, pidfd);
    auto [error] =
        co_await ended.async_wait(asio::posix::stream_descriptor::wait_read, asio::cancel_after(limit, as_result));
    co_return !error;
}

} // namespace

embedded_redis::embedded_redis(asio::any_io_executor ex, embedded_redis_settings settings)
    : ex_(std::move(ex)), settings_(std::move(settings)), folder_(settings_.data_dir)
{}

pid_t embedded_redis::process_id() const noexcept
{
    return process_ && !process_->has_ended() ? process_->id() : 0;
}

failure embedded_redis::not_startable(const std::string& why) const
{
    return {.code = "redis-not-startable", .message = "The embedded Redis cannot be started: " + why};
}

awaitable<result<std::string, failure>> embedded_redis::start()
{
    auto entered = co_await enter_folder();
    if (!entered)
        co_return entered.error();
    auto alone = co_await end_occupant();
    if (!alone)
        co_return alone.error();
    auto room = folder_.make_room_for_socket();
    if (!room)
        co_return room.error();
    auto launched = co_await launch();
    if (!launched)
        co_return launched.error();
    co_return url_of(folder_.socket());
}

awaitable<result<void, failure>> embedded_redis::enter_folder()
{
    const auto until = clock::now() + lock_patience;
    for (;;)
    {
        auto entered = folder_.enter();
        if (entered || entered.error().code != "data-folder-in-use" || clock::now() >= until)
            co_return entered;
        co_await pause_for(50ms);
    }
}

// Two on one folder would both append to the same file. One that outlived its server has nobody to serve: it is ended
// in order, which keeps what it holds, so that ours is a child of ours.
awaitable<result<void, failure>> embedded_redis::end_occupant()
{
    for (const int signal : {SIGTERM, SIGTERM, SIGKILL})
    {
        const pid_t id = folder_.occupant();
        if (id == 0)
            co_return result<void, failure>();
        log::warning("ending a Redis that outlived its server", {{"pid", id}});
        ::kill(id, signal);
        co_await wait_for_other(id, occupant_patience);
    }
    if (folder_.occupant() == 0)
        co_return result<void, failure>();
    co_return not_startable("another one works in " + folder_.path() + " and does not end.");
}

awaitable<result<void, failure>> embedded_redis::launch()
{
    const auto state = co_await asio::this_coro::cancellation_state;
    process_plan plan;
    plan.path = found_in_path(settings_.program);
    if (plan.path.empty())
        co_return not_startable("there is no " + settings_.program + " in PATH.");
    // Room for a burst on PubSub: a node that Redis cuts off there loses what other publishers said.
    plan.arguments = {"--port",
                      "0",
                      "--unixsocket",
                      folder_.socket(),
                      "--unixsocketperm",
                      "700",
                      "--dir",
                      folder_.path(),
                      "--pidfile",
                      folder_.pid_file(),
                      "--daemonize",
                      "no",
                      "--supervised",
                      "no",
                      "--save",
                      "",
                      "--appendonly",
                      "yes",
                      "--appendfsync",
                      "everysec",
                      // What passes through is many times what stays: with the 64 MB of the default it would rewrite its
                      // file every few seconds under load.
                      "--auto-aof-rewrite-min-size",
                      "512mb",
                      "--maxmemory",
                      "0",
                      "--maxmemory-policy",
                      "noeviction",
                      "--client-output-buffer-limit",
                      "pubsub",
                      "256mb",
                      "64mb",
                      "60",
                      "--logfile",
                      "",
                      "--always-show-logo",
                      "no"};
    plan.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
    plan.folder = folder_.path();
    const int log_file = folder_.open_log();
    plan.out = log_file;
    plan.err = log_file;
    auto started = process::start(ex_, plan);
    if (log_file >= 0)
        ::close(log_file);
    if (!started)
        co_return not_startable(plan.path + ": " + started.error().message() + ".");
    process_.emplace(std::move(*started));

    const auto until = clock::now() + settings_.start_timeout;
    for (clock::duration pause = 2ms;; pause = std::min<clock::duration>(2 * pause, 200ms))
    {
        // Who reaches the socket reaches ours: the folder is private and nobody else works in it.
        const bool ready = co_await answers();
        if (ready)
            co_return result<void, failure>();
        co_await process_->wait(pause);
        if (process_->has_ended())
            co_return not_startable("it " + describe(process_->end()) + ". Its last words: " + folder_.last_words());
        if (clock::now() >= until || state.cancelled() != asio::cancellation_type::none)
            co_return failure{.code = "redis-not-ready",
                              .message =
                                  "The embedded Redis does not answer yet. Its last words: " + folder_.last_words()};
    }
}

// While it loads what was stored it says -LOADING.
awaitable<bool> embedded_redis::answers()
{
    asio::local::stream_protocol::socket socket(ex_);
    const asio::local::stream_protocol::endpoint where(folder_.socket());
    auto [no_connection] = co_await socket.async_connect(where, asio::cancel_after(probe_timeout, as_result));
    if (no_connection)
        co_return false;
    constexpr std::string_view ping = "PING\r\n";
    auto [not_sent, sent] =
        co_await asio::async_write(socket, asio::buffer(ping), asio::cancel_after(probe_timeout, as_result));
    if (not_sent)
        co_return false;
    std::array<char, 64> answer{};
    auto [no_answer, size] =
        co_await socket.async_read_some(asio::buffer(answer), asio::cancel_after(probe_timeout, as_result));
    co_return !no_answer && std::string_view(answer.data(), size).starts_with("+PONG");
}

awaitable<void> embedded_redis::run()
{
    const auto stop = co_await graceful();
    auto pause = settings_.first_pause;
    auto begin = clock::now();
    while (!is_terminal(stop))
    {
        if (process_ && !process_->has_ended())
        {
            co_await process_->wait(log_check);
            folder_.bound_log();
            continue;
        }
        log::error(
            "the embedded Redis is down and is started again",
            {{"how", process_ ? describe(process_->end()) : "not started"}, {"last_words", folder_.last_words()}});
        if (clock::now() - begin > lived_well)
            pause = settings_.first_pause;
        co_await pause_for(pause);
        if (is_terminal(stop))
            break;
        pause = std::min(2 * pause, settings_.longest_pause);
        // A rewrite it had begun would go on beside the new one.
        children::kill_strays();
        begin = clock::now();
        const auto launched = co_await launch();
        if (launched)
            log::info("the embedded Redis answers again", {{"pid", process_->id()}});
        else
            log::error("the embedded Redis does not come up", {{"reason", launched.error().message}});
    }
}

awaitable<void> embedded_redis::stop()
{
    if (process_ && !process_->has_ended())
    {
        process_->signal_group(SIGTERM);
        co_await process_->wait(settings_.stop_timeout);
        if (!process_->has_ended())
        {
            log::warning("the embedded Redis does not end and is killed", {{"pid", process_->id()}});
            process_->signal_group(SIGKILL);
            co_await process_->wait(settings_.stop_timeout);
        }
    }
    process_.reset();
    children::kill_strays();
    folder_.leave();
}

} // namespace vn
