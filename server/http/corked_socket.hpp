// A socket that can hold back what is written while more follows at once, so that many small messages leave with one
// system call. Below a Beast WebSocket, which never writes twice at a time.
#pragma once

#include "http/connection.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_cat.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <boost/core/ignore_unused.hpp>

#include <string>

namespace vn::http {

class corked_socket
{
    static constexpr std::size_t most_held = 64 * 1024;
    static constexpr std::size_t kept_when_idle = 1024;

    stream_socket socket_;
    std::string held_;
    bool corked_ = false;

public:
    using executor_type = stream_socket::executor_type;

    explicit corked_socket(stream_socket socket) : socket_(std::move(socket)) {}

    executor_type get_executor() { return socket_.get_executor(); }
    // What is written from now on may wait for the first write after cork(false).
    void cork(bool more) noexcept { corked_ = more && held_.size() < most_held; }

    void close() noexcept
    {
        error_code gone_already;
        socket_.close(gone_already);
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token)
    {
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& what) { this->write(std::move(handler), what); }, token, buffers);
    }

    friend void teardown(boost::beast::role_type role, corked_socket& s, boost::beast::error_code& ec)
    {
        boost::beast::websocket::teardown(role, s.socket_, ec);
    }
    template <class Handler>
    friend void async_teardown(boost::beast::role_type role, corked_socket& s, Handler&& handler)
    {
        // Beast's own waits for the peer to hang up, and no cancellation ends that.
        boost::ignore_unused(role);
        error_code gone_already;
        s.socket_.shutdown(stream_socket::shutdown_send, gone_already);
        asio::post(s.get_executor(), asio::append(std::forward<Handler>(handler), error_code()));
    }
    friend void beast_close_socket(corked_socket& s) { s.close(); }

private:
    template <class Handler, class Buffers>
    void write(Handler handler, const Buffers& what)
    {
        if (corked_)
        {
            const auto n = asio::buffer_size(what);
            held_.append(asio::buffers_begin(what), asio::buffers_end(what));
            asio::post(get_executor(), asio::append(std::move(handler), error_code(), n));
            return;
        }
        if (held_.empty())
        {
            socket_.async_write_some(what, std::move(handler));
            return;
        }
        const auto executor = asio::get_associated_executor(handler, get_executor());
        const auto slot = asio::get_associated_cancellation_slot(handler);
        auto done = [this, held = held_.size(), h = std::move(handler)](error_code ec, std::size_t n) mutable {
            held_.clear();
            if (held_.capacity() > kept_when_idle)
                held_.shrink_to_fit();
            std::move(h)(ec, n > held ? n - held : 0);
        };
        asio::async_write(socket_, boost::beast::buffers_cat(asio::const_buffer(asio::buffer(held_)), what),
                          asio::bind_cancellation_slot(slot, asio::bind_executor(executor, std::move(done))));
    }
};

} // namespace vn::http
