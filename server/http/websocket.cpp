#include "http/websocket.hpp"

#include "http/corked_socket.hpp"

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

// For operations of Beast that wait for each other: it completes them inside of the cancellation, which loses them
// behind asio::cancel_after and upsets whoever cancels. They end when the socket is closed.
const auto uncancelled = asio::bind_cancellation_slot(asio::cancellation_slot(), as_result);

class socket_transport : public push_transport, public std::enable_shared_from_this<socket_transport>
{
    websocket::stream<corked_socket, false> ws_;
    asio::steady_timer timer_;
    push_source& source_;
    const push_settings settings_;
    clock::time_point last_pong_ = clock::now();
    std::string heard_;
    unsigned long watched_ = 0;

public:
    socket_transport(stream_socket socket, push_source& source, const push_settings& s)
        : ws_(corked_socket(std::move(socket))), timer_(ws_.get_executor()), source_(source), settings_(s)
    {
        ws_.auto_fragment(false);
        ws_.text(true);
        ws_.read_message_max(source.longest_heard());
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

    awaitable<bool> send(std::string_view text, bool more) override
    {
        ws_.next_layer().cork(more);
        watch(settings_.write);
        auto [ec, n] = co_await ws_.async_write(asio::buffer(text), uncancelled);
        unwatch();
        co_return !ec;
    }

    awaitable<bool> beat(std::string_view) override
    {
        watch(settings_.write);
        auto [ec] = co_await ws_.async_ping({}, uncancelled);
        unwatch();
        co_return !ec;
    }

    awaitable<void> finish(const push_end& why, clock::duration limit) override
    {
        const websocket::close_reason reason(static_cast<websocket::close_code>(why.code), why.reason);
        ws_.next_layer().cork(false);
        watch(limit);
        co_await ws_.async_close(reason, uncancelled);
        unwatch();
    }

    awaitable<void> listen() override
    {
        std::array<char, 128> piece;
        for (;;)
        {
            auto [ec, n] = co_await ws_.async_read_some(asio::buffer(piece), as_result);
            if (ec)
                break;
            heard_.append(piece.data(), n);
            if (!ws_.is_message_done())
                continue;
            source_.heard(heard_);
            heard_ = {};
            ws_.read_message_max(source_.longest_heard());
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
    // The socket is closed when the time is over.
    void watch(clock::duration limit)
    {
        timer_.expires_after(limit);
        timer_.async_wait([self = weak_from_this(), n = ++watched_](error_code ec) {
            if (const auto alive = self.lock(); !ec && alive && alive->watched_ == n)
                alive->abandon();
        });
    }
    void unwatch()
    {
        ++watched_;
        timer_.cancel();
    }
};

} // namespace

awaitable<void> run_websocket(stream_socket socket, socket_opening opening, std::shared_ptr<push_source> source,
                              push_settings settings, const bool& stopping)
{
    co_await graceful();
    const auto transport = std::make_shared<socket_transport>(std::move(socket), *source, settings);
    const bool opened = co_await transport->open(opening);
    if (!opened)
        co_return;
    opening = {};
    co_await run_push(*transport, *source, {settings.ping, settings.write}, stopping);
}

} // namespace vn::http
