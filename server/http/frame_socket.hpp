// The socket below a Beast WebSocket: text messages are written past Beast, which would write one at a time, copy
// nothing together and want an operation for each. Frames stay whole and in order, whoever writes them.
#pragma once

#include "http/connection.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <boost/core/ignore_unused.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace vn::http {

class frame_socket
{
    struct frame
    {
        std::array<unsigned char, 10> head;
        unsigned char head_size;
        std::shared_ptr<const std::string> text;
    };

    stream_socket socket_;
    std::vector<frame> frames_; // that are not sent wholly
    std::size_t sent_ = 0;      // bytes of the first

public:
    using executor_type = stream_socket::executor_type;

    explicit frame_socket(stream_socket socket) : socket_(std::move(socket)) {}

    // Are sent by flush().
    void add_text(std::shared_ptr<const std::string> text);
    void add_ping();
    // Sends what the socket takes now. An error: the peer is gone.
    error_code flush();
    bool is_flushed() const noexcept { return frames_.empty(); }
    // Flushes whenever there is room, until all is sent. False: the time was over, or the peer is gone.
    awaitable<bool> drain(clock::duration limit);

    void close() noexcept
    {
        error_code gone_already;
        socket_.close(gone_already);
    }

    // For Beast, which writes control frames, and never two at a time.
    executor_type get_executor() { return socket_.get_executor(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token)
    {
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& what) {
                const std::string bytes(asio::buffers_begin(what), asio::buffers_end(what));
                this->add_bytes(bytes);
                this->finish(std::move(handler), this->flush(), bytes.size());
            },
            token, buffers);
    }

    friend void teardown(boost::beast::role_type role, frame_socket& s, boost::beast::error_code& ec)
    {
        boost::beast::websocket::teardown(role, s.socket_, ec);
    }
    template <class Handler>
    friend void async_teardown(boost::beast::role_type role, frame_socket& s, Handler&& handler)
    {
        // Beast's own waits for the peer to hang up, and no cancellation ends that.
        boost::ignore_unused(role);
        error_code gone_already;
        s.socket_.shutdown(stream_socket::shutdown_send, gone_already);
        asio::post(s.get_executor(), asio::append(std::forward<Handler>(handler), error_code()));
    }
    friend void beast_close_socket(frame_socket& s) { s.close(); }

private:
    void add_bytes(std::string bytes);
    std::size_t send_some(error_code& ec);
    void forget(std::size_t bytes);

    // What Beast wrote is sent when everything is.
    template <class Handler>
    void finish(Handler handler, error_code ec, std::size_t bytes)
    {
        if (ec || is_flushed())
        {
            asio::post(get_executor(), asio::append(std::move(handler), ec, ec ? 0 : bytes));
            return;
        }
        const auto executor = asio::get_associated_executor(handler, get_executor());
        const auto slot = asio::get_associated_cancellation_slot(handler);
        auto again = [this, bytes, h = std::move(handler)](error_code waited) mutable {
            this->finish(std::move(h), waited ? waited : this->flush(), bytes);
        };
        socket_.async_wait(stream_socket::wait_write,
                           asio::bind_cancellation_slot(slot, asio::bind_executor(executor, std::move(again))));
    }
};

} // namespace vn::http
