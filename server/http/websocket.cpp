#include "http/websocket.hpp"

#include "http/frame_socket.hpp"

#include <boost/asio/cancel_after.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <array>

namespace vn::http {

namespace {

namespace websocket = boost::beast::websocket;
namespace beast_http = boost::beast::http;

// Read and dropped after the end.
constexpr std::size_t most_dropped = 64 * 1024;
constexpr auto longest_drain = std::chrono::seconds(1);
// Sent at once: between two looks at clock and stop, and held for a peer that does not take them.
constexpr std::size_t texts_at_once = 64;
constexpr std::size_t bytes_at_once = 64 * 1024;

// For operations of Beast that wait for each other: it completes them inside of the cancellation, which loses them
// behind asio::cancel_after and upsets whoever cancels. They end when the socket is closed.
const auto uncancelled = asio::bind_cancellation_slot(asio::cancellation_slot(), as_result);

class socket_transport : public push_transport, public std::enable_shared_from_this<socket_transport>
{
    websocket::stream<frame_socket, false> ws_;
    std::unique_ptr<asio::steady_timer> timer_;
    const push_settings& settings_;
    clock::time_point last_pong_ = clock::now();
    std::string heard_;
    unsigned long watched_ = 0;

public:
    socket_transport(stream_socket socket, std::shared_ptr<push_source> from, const push_settings& s)
        : push_transport(std::move(from), s.ping), ws_(frame_socket(std::move(socket))), settings_(s)
    {
        ws_.auto_fragment(false);
        ws_.text(true);
        ws_.read_message_max(source().longest_heard());
        ws_.control_callback([this](websocket::frame_type kind, boost::beast::string_view) {
            if (kind == websocket::frame_type::pong)
                last_pong_ = clock::now();
        });
    }

    awaitable<bool> open(const socket_opening& opening)
    {
        beast_http::request<beast_http::empty_body> asked(beast_http::verb::get, "/", 11);
        asked.set(beast_http::field::host, "-");
        asked.set(beast_http::field::connection, "Upgrade");
        asked.set(beast_http::field::upgrade, "websocket");
        asked.set(beast_http::field::sec_websocket_version, "13");
        asked.set(beast_http::field::sec_websocket_key, opening.key);
        ws_.set_option(websocket::stream_base::decorator([&opening](websocket::response_type& answer) {
            answer.set(beast_http::field::server, "vnserver");
            for (const auto& [name, value] : opening.headers)
                answer.set(name, value);
        }));
        watch(settings_.write);
        auto [ec] = co_await ws_.async_accept(asked, as_result);
        unwatch();
        ws_.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
        last_pong_ = clock::now();
        co_return !ec;
    }

    outcome send() override
    {
        auto& socket = ws_.next_layer();
        // What Beast has written goes first.
        if (!socket.is_flushed())
            return outcome::waiting;
        std::size_t bytes = 0;
        for (std::size_t n = 0; n < texts_at_once && bytes < bytes_at_once; ++n)
        {
            auto text = source().take();
            if (!text)
                break;
            bytes += text->size();
            socket.add_text(std::move(text));
        }
        return flush();
    }

    outcome beat() override
    {
        ws_.next_layer().add_ping();
        return flush();
    }

    awaitable<bool> drain(clock::duration limit) override
    {
        const bool all = co_await ws_.next_layer().drain(limit);
        co_return all;
    }

    awaitable<void> finish(const push_end& why, clock::duration limit) override
    {
        const websocket::close_reason reason(static_cast<websocket::close_code>(why.code), why.reason);
        watch(limit);
        co_await ws_.async_close(reason, uncancelled);
        unwatch();
    }

    awaitable<void> listen() override
    {
        std::array<char, 128> piece;
        for (;;)
        {
            auto [ec, n] = co_await ws_.async_read_some(asio::buffer(piece), asio::as_tuple(asio::deferred));
            if (ec)
                break;
            heard_.append(piece.data(), n);
            if (!ws_.is_message_done())
                continue;
            source().heard(heard_);
            heard_ = {};
            ws_.read_message_max(source().longest_heard());
        }
        // Closing before the peer has read why would reset the connection.
        for (std::size_t dropped = 0; dropped < most_dropped;)
        {
            auto [ec, n] = co_await ws_.next_layer().async_read_some(asio::buffer(piece),
                                                                     asio::cancel_after(longest_drain, as_result));
            if (ec)
                break;
            dropped += n;
        }
    }

    void abandon() override { ws_.next_layer().close(); }

    clock::time_point patience() const override { return last_pong_ + settings_.pong; }

private:
    outcome flush()
    {
        // After a close frame nothing may follow.
        if (!ws_.is_open() || ws_.next_layer().flush())
            return outcome::gone;
        return ws_.next_layer().is_flushed() ? outcome::sent : outcome::waiting;
    }

    // The socket is closed when the time is over.
    void watch(clock::duration limit)
    {
        timer_ = std::make_unique<asio::steady_timer>(ws_.get_executor(), limit);
        timer_->async_wait([self = weak_from_this(), n = ++watched_](error_code ec) {
            if (const auto alive = self.lock(); !ec && alive && alive->watched_ == n)
                alive->abandon();
        });
    }
    void unwatch()
    {
        ++watched_;
        timer_.reset();
    }
};

} // namespace

awaitable<std::shared_ptr<push_transport>> open_websocket(stream_socket socket, socket_opening opening,
                                                          std::shared_ptr<push_source> source,
                                                          const push_settings& settings)
{
    co_await graceful();
    auto made = std::make_shared<socket_transport>(std::move(socket), std::move(source), settings);
    const bool opened = co_await made->open(opening);
    if (!opened)
        made.reset();
    co_return made;
}

} // namespace vn::http
