// bench-http: the least a Beast server can do. Answers every call with the same body. Prints its port, and ends when
// its standard input does.
#include "core/task_group.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <iostream>
#include <unistd.h>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

vn::awaitable<void> serve(tcp::socket socket, const http::response<http::string_body>& answer)
{
    beast::tcp_stream stream(std::move(socket));
    stream.socket().set_option(tcp::no_delay(true));
    beast::flat_buffer buffer;
    for (;;)
    {
        http::request<http::string_body> message;
        const auto [failed, size] = co_await http::async_read(stream, buffer, message, vn::as_result);
        if (failed)
            co_return; // the caller has gone
        const auto [ec, sent] = co_await http::async_write(stream, answer, vn::as_result);
        if (ec)
            co_return;
    }
}

vn::awaitable<void> accept_all(tcp::acceptor& acceptor, vn::task_group& sessions,
                               const http::response<http::string_body>& answer)
{
    for (;;)
    {
        auto [ec, socket] = co_await acceptor.async_accept(vn::as_result);
        if (ec)
            co_return;
        sessions.spawn([s = std::move(socket), &answer]() mutable { return serve(std::move(s), answer); });
    }
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("Answers every call with the same body, until standard input ends.", "bench-http");
    std::size_t bytes = 200;
    unsigned status = 200;
    arguments.add_option("--bytes", bytes, "size of the body")->capture_default_str()->check(CLI::Range(0, 1 << 20));
    arguments.add_option("--status", status)->capture_default_str()->check(CLI::Range(200, 599));
    try
    {
        arguments.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return arguments.exit(e) == 0 ? 0 : 2;
    }
    try
    {
        asio::io_context loop(1);
        http::response<http::string_body> answer{static_cast<http::status>(status), 11};
        answer.set(http::field::content_type, "application/json");
        answer.body().assign(bytes, 'x');
        answer.prepare_payload();

        tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        std::cout << acceptor.local_endpoint().port() << std::endl;
        asio::posix::stream_descriptor input(loop, ::dup(STDIN_FILENO));
        std::array<char, 1> nothing;
        input.async_read_some(asio::buffer(nothing), [&](boost::system::error_code, std::size_t) { loop.stop(); });
        vn::task_group sessions(loop.get_executor(), [](std::exception_ptr) {});
        sessions.spawn([&] { return accept_all(acceptor, sessions, answer); });
        loop.run();
        std::_Exit(0); // with sessions that nobody needs to end
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-http: " << e.what() << '\n';
        return 1;
    }
}
