#include "http/server.hpp"

#include "core/ids.hpp"
#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

namespace vn::http {

namespace {

using namespace std::chrono_literals;

// Peers that are being told that there is no place for them; those beyond are just closed.
constexpr std::size_t most_refusals = 64;
constexpr std::size_t places_for_a_refusal = 4; // where there are few, they are for clients
constexpr std::size_t refusal_drop_bytes = 64 * 1024;
constexpr auto refusal_limit = 1s;
// Before accept is tried again; descriptors come back when sessions end.
constexpr auto accept_pause = 50ms;

bool is_transient(const error_code& ec)
{
    // The peer was gone before it was accepted, and its kin: accept(2) says to treat them like EAGAIN.
    return ec == asio::error::connection_aborted || ec == asio::error::connection_reset ||
           ec == asio::error::interrupted || ec == asio::error::network_down || ec == asio::error::host_unreachable ||
           ec == asio::error::network_unreachable || ec.value() == EPROTO;
}

} // namespace

server::server(asio::any_io_executor ex, task_group& group, const router& routes, settings s, observer seen)
    : ex_(ex), group_(group), routes_(routes), settings_(std::move(s)), seen_(std::move(seen)), acceptor_(ex),
      alarms_(ex), places_(ex, settings_.max_connections),
      refusals_(ex, std::clamp<std::size_t>(settings_.max_connections / places_for_a_refusal, 1, most_refusals))
{}

void server::start()
{
    group_.spawn([this] { return alarms_.run(); });
    group_.spawn([this] { return accept_all(); });
    log::info("listening", {{"address", where_}});
}

awaitable<void> server::accept_all()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto stop = co_await asio::this_coro::cancellation_state;

    bool starving = false;
    while (!stopping(stop))
    {
        socket peer(ex_);
        auto [ec] = co_await acceptor_.async_accept(peer, as_result);
        if (!ec)
        {
            starving = false;
            admit(std::move(peer));
        }
        else if (!stopping(stop) && !is_transient(ec))
        {
            if (!std::exchange(starving, true))
                log::error("connections cannot be accepted", {{"address", where_}, {"error", ec.message()}});
            co_await pause_for(accept_pause);
        }
    }
    stopping_ = true;
    close();
}

void server::admit(socket peer)
{
    // Asio does not do it, and a child that is started while a client is here must not keep the client waiting.
    ::fcntl(peer.native_handle(), F_SETFD, FD_CLOEXEC);
    error_code not_tcp;
    peer.set_option(asio::ip::tcp::no_delay(true), not_tcp);

    // What is not spawned, because the group is closed or memory is short, closes its socket by dying here.
    try
    {
        if (places_.free() > 0)
        {
            auto s = std::make_unique<session>(std::move(peer), session_context{routes_, settings_, seen_, stopping_});
            group_.spawn([this, s = std::move(s), place = places_.take()]() mutable {
                return serve(std::move(s), std::move(place));
            });
        }
        else if (refusals_.free() > 0)
            group_.spawn([this, p = std::move(peer), place = refusals_.take()]() mutable {
                return refuse(std::move(p), std::move(place));
            });
    }
    catch (const std::bad_alloc&)
    {
        log::error("no memory for a connection");
    }
}

awaitable<void> server::serve(std::unique_ptr<session> s, slots::lease place)
{
    // One connection costs only itself, whatever happens to it.
    try
    {
        co_await s->run();
        auto then = s->take_onward();
        // Many connections stay here for hours, and need nothing of what they began with.
        s.reset();
        if (!then)
            co_return;
        const auto pushing = co_await open(std::move(then), settings_.push);
        if (pushing)
            co_await run_push(*pushing, {settings_.push, alarms_, stopping_});
    }
    catch (const std::exception& e)
    {
        log::error("a connection was dropped", {{"error", e.what()}});
    }
}

awaitable<void> server::refuse(socket peer, slots::lease place)
{
    co_await graceful();
    connection c(std::move(peer));
    auto out = error_reply(503, "too-many-connections", "The server has no place for another connection.");
    out.set("Retry-After", "1");
    const auto id = new_id();
    const auto head = answer_head(out, {id, false, true});
    const auto written = co_await c.write(head, out.body, refusal_limit);
    if (written == connection::outcome::done)
        co_await c.linger(refusal_drop_bytes, refusal_limit);
}

} // namespace vn::http
