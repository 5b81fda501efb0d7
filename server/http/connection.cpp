#include "http/connection.hpp"

#include <boost/asio/cancel_at.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace vn::http {

namespace {

constexpr std::size_t kept_when_idle = 4 * 1024;
constexpr std::size_t write_piece_bytes = 256 * 1024;
constexpr std::size_t drop_piece_bytes = 32 * 1024;

awaitable<bool> is_ended()
{
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return (state.cancelled() & asio::cancellation_type::terminal) != asio::cancellation_type::none;
}

} // namespace

std::string endpoint_text(const asio::generic::stream_protocol::endpoint& endpoint)
{
    const auto family = endpoint.protocol().family();
    if (family != AF_INET && family != AF_INET6)
        return "unix";
    asio::ip::tcp::endpoint ip;
    std::memcpy(ip.data(), endpoint.data(), std::min(endpoint.size(), ip.capacity()));
    const auto address = ip.address().to_string();
    const auto port = std::to_string(ip.port());
    return family == AF_INET6 ? "[" + address + "]:" + port : address + ":" + port;
}

connection::connection(stream_socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

std::string connection::peer() const
{
    error_code gone_already;
    const auto endpoint = socket_.remote_endpoint(gone_already);
    return gone_already ? "unknown" : endpoint_text(endpoint);
}

connection::outcome connection::judge(const error_code& ec, clock::time_point deadline)
{
    if (!ec)
        return outcome::done;
    return ec == asio::error::operation_aborted && clock::now() >= deadline ? outcome::timed_out : outcome::gone;
}

awaitable<bool> connection::wait_for_request(clock::duration limit)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    if (buffer_.size() > 0)
        co_return true;
    if (buffer_.capacity() > kept_when_idle)
        buffer_ = {};

    auto [ec] =
        co_await socket_.async_wait(stream_socket::wait_read, asio::cancel_at(timer_, clock::now() + limit, as_result));
    // The stop may have come in the same turn as the bytes.
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return !ec && !stopping(state);
}

awaitable<connection::outcome> connection::read_some(std::size_t most, clock::time_point deadline)
{
    const bool ended = co_await is_ended();
    if (ended)
        co_return outcome::gone;
    auto [ec, bytes] =
        co_await socket_.async_read_some(buffer_.prepare(most), asio::cancel_at(timer_, deadline, as_result));
    buffer_.commit(bytes);
    co_return judge(ec, deadline);
}

awaitable<connection::outcome> connection::write_piece(std::string_view first, std::string_view second,
                                                       clock::duration limit)
{
    const bool ended = co_await is_ended();
    if (ended)
        co_return outcome::gone;
    const std::array<asio::const_buffer, 2> both{asio::buffer(first), asio::buffer(second)};
    const auto deadline = clock::now() + limit;
    auto [ec, bytes] = co_await asio::async_write(socket_, both, asio::cancel_at(timer_, deadline, as_result));
    co_return judge(ec, deadline);
}

awaitable<connection::outcome> connection::write(std::string_view head, std::string_view body, clock::duration limit)
{
    for (;;)
    {
        const auto piece = body.substr(0, write_piece_bytes);
        const auto written = co_await write_piece(head, piece, limit);
        if (written != outcome::done || piece.size() == body.size())
            co_return written;
        head = {};
        body.remove_prefix(piece.size());
    }
}

awaitable<void> connection::linger(std::size_t bytes, clock::duration limit)
{
    error_code ec;
    socket_.shutdown(stream_socket::shutdown_send, ec);
    if (ec)
        co_return;
    buffer_ = {};
    const auto deadline = clock::now() + limit;
    for (std::size_t dropped = 0; dropped < bytes;)
    {
        const auto read = co_await read_some(drop_piece_bytes, deadline);
        if (read != outcome::done)
            break;
        dropped += buffer_.size();
        buffer_.consume(buffer_.size());
    }
}

} // namespace vn::http
