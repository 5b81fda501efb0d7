// A server on a free port of 127.0.0.1 and clients that say exactly what they are told to.
#pragma once

#include "core/log.hpp"
#include "http/server.hpp"
#include "support/io_fixture.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vn::test {

struct answer
{
    unsigned status = 0;                        // 0: the connection ended before a whole answer
    std::map<std::string, std::string> headers; // names in lower case; a repeated one ends with "!"
    std::string body;

    bool has(const std::string& text) const { return body.find(text) != std::string::npos; }
    std::string header(const std::string& name) const
    {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

class client
{
    asio::generic::stream_protocol::socket socket_;
    std::string buffer_;

public:
    explicit client(asio::any_io_executor ex) : socket_(std::move(ex)) {}

    auto& socket() { return socket_; }

    awaitable<void> connect(asio::generic::stream_protocol::endpoint where)
    {
        co_await socket_.async_connect(where, asio::use_awaitable);
    }

    // False if the server has broken the connection.
    awaitable<bool> send(std::string text)
    {
        auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(text), as_result);
        co_return !ec;
    }

    void end_sending() { socket_.shutdown(asio::socket_base::shutdown_send); }

    // no_body: the answer to a HEAD.
    awaitable<answer> receive(bool no_body = false)
    {
        answer out;
        auto [ec, n] = co_await asio::async_read_until(socket_, asio::dynamic_buffer(buffer_), "\r\n\r\n", as_result);
        if (ec)
            co_return out;
        parse(buffer_.substr(0, n), out);
        buffer_.erase(0, n);
        const auto length = out.header("content-length");
        const std::size_t wanted = no_body || length.empty() ? 0 : std::stoul(length);
        if (wanted > buffer_.size())
        {
            auto [read_ec, more] = co_await asio::async_read(
                socket_, asio::dynamic_buffer(buffer_), asio::transfer_exactly(wanted - buffer_.size()), as_result);
            if (read_ec)
                co_return answer();
        }
        out.body = buffer_.substr(0, wanted);
        buffer_.erase(0, wanted);
        co_return out;
    }

    awaitable<answer> ask(std::string text)
    {
        co_await send(std::move(text));
        auto out = co_await receive();
        co_return out;
    }

    // What still comes until the server closes; "reset" at its end if it did not close cleanly.
    awaitable<std::string> rest()
    {
        auto [ec, n] = co_await asio::async_read(socket_, asio::dynamic_buffer(buffer_), as_result);
        co_return std::exchange(buffer_, "") + (ec == asio::error::eof ? "" : "reset");
    }

private:
    static void parse(const std::string& head, answer& out)
    {
        BOOST_TEST_REQUIRE(head.starts_with("HTTP/1.1 "));
        out.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
        for (auto at = head.find("\r\n") + 2; at + 2 < head.size();)
        {
            const auto end = head.find("\r\n", at);
            const auto colon = head.find(": ", at);
            BOOST_TEST_REQUIRE(colon < end);
            auto name = http::lower_text(head.substr(at, colon - at));
            const auto value = head.substr(colon + 2, end - colon - 2);
            const bool fresh = out.headers.emplace(name, value).second;
            if (!fresh)
                out.headers[name] += "!";
            at = end + 2;
        }
    }
};

struct http_fixture : io_fixture
{
    struct seen_exchange
    {
        std::string method, route;
        unsigned status;
        std::size_t received, sent;
        bool answered;
    };

    http::settings settings;
    http::router routes;
    std::vector<seen_exchange> seen;
    int handled = 0;
    event gate{ctx.get_executor()};
    task_group group{ctx.get_executor(), [](std::exception_ptr) { BOOST_ERROR("a task failed"); }};
    std::unique_ptr<http::server> server;

    http_fixture()
    {
        log::set_level(log::level::off);
        settings.port = 0;
        routes.add("GET", "/hello", [this](http::request&) -> awaitable<http::reply> {
            ++handled;
            co_return http::json_reply(200, "\"hello\"");
        });
        routes.add("GET", "/wait", [this](http::request&) -> awaitable<http::reply> {
            ++handled;
            co_await gate.wait();
            co_return http::json_reply(200, "\"waited\"");
        });
        routes.add("POST", "/echo", {1000, {"text/xml", "+xml"}}, [this](http::request& r) -> awaitable<http::reply> {
            ++handled;
            co_return http::make_reply(200, "text/plain", std::move(r.body));
        });
    }

    // Starts the server, runs the body, stops the server.
    template <class Body>
    void serve(Body body)
    {
        run([&]() -> awaitable<void> {
            server = std::make_unique<http::server>(ctx.get_executor(), group, routes, settings,
                                                    [this](const http::exchange& e) {
                                                        seen.push_back({std::string(e.method), std::string(e.route),
                                                                        e.status, e.received, e.sent, e.answered});
                                                    });
            server->listen();
            server->start();
            std::exception_ptr failure;
            try
            {
                co_await body();
            }
            catch (...)
            {
                failure = std::current_exception();
            }
            group.close();
            group.cancel(failure ? asio::cancellation_type::terminal : asio::cancellation_type::total);
            gate.set();
            co_await group.join();
            BOOST_TEST(server->connections() == 0u);
            if (failure)
                std::rethrow_exception(failure);
        });
    }

    asio::ip::tcp::endpoint where() const { return {asio::ip::make_address("127.0.0.1"), server->port()}; }

    awaitable<client> connected()
    {
        client c(ctx.get_executor());
        co_await c.connect(where());
        co_return c;
    }

    // On a connection of its own.
    awaitable<answer> ask(std::string text)
    {
        auto c = co_await connected();
        auto out = co_await c.ask(std::move(text));
        co_return out;
    }
};

inline std::string get(const std::string& path, const std::string& more = "")
{
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

inline std::string post(const std::string& path, const std::string& body, const std::string& more = "")
{
    return "POST " + path +
           " HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           more + "\r\n" + body;
}

} // namespace vn::test
