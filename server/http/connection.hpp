// One peer: its socket, what was read and not used yet, and a deadline on every wait. Not for two coroutines at once.
#pragma once

#include "core/async.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace vn::http {

using stream_socket = asio::generic::stream_protocol::socket;

// 127.0.0.1:8080, [::1]:8080, or unix.
std::string endpoint_text(const asio::generic::stream_protocol::endpoint& endpoint);

// Its coroutines run under graceful() and never throw for what the peer does. A terminal cancellation shows as gone,
// also when it came before the call.
class connection
{
    stream_socket socket_;
    asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;

public:
    explicit connection(stream_socket socket);

    enum class outcome
    {
        done,
        timed_out,
        gone, // closed or broken by the peer, or stopped by us
    };

    std::string peer() const;

    std::string_view buffered() const noexcept
    {
        return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    }
    void consume(std::size_t bytes) noexcept { buffer_.consume(bytes); }

    // True as soon as there is something to read. Total cancellation ends this wait, and only this one; a large buffer
    // is given back meanwhile. graceful() is called anew by the caller.
    awaitable<bool> wait_for_request(clock::duration limit);

    // Some bytes more in buffered(), at most so many.
    awaitable<outcome> read_some(std::size_t most, clock::time_point deadline);

    // All of both; limit holds for each 256 KB.
    awaitable<outcome> write(std::string_view head, std::string_view body, clock::duration limit);

    // For what goes on with the connection on its own; nothing else is called after it.
    stream_socket release() && { return std::move(socket_); }

    // After the last answer: tells the peer that it was the last, and reads and drops what still comes, until the peer
    // closes or a bound is met. Closing at once would reset the connection, and the peer could lose the answer.
    awaitable<void> linger(std::size_t bytes, clock::duration limit);

private:
    awaitable<outcome> write_piece(std::string_view first, std::string_view second, clock::duration limit);
    // Of an operation that ended with ec.
    static outcome judge(const error_code& ec, clock::time_point deadline);
};

} // namespace vn::http
