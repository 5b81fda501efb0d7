// bench-load: HTTP calls of one kind, so many at once, each on a connection of its own that stays. Prints one JSON
// object: {"calls","seconds","milliseconds":{"median","p99","lowest","highest"}}.
#include "core/task_group.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using clock = std::chrono::steady_clock;
using asio::ip::tcp;

constexpr auto longest_call = std::chrono::seconds(150);
constexpr std::size_t largest_answer = 1u << 30;

struct load
{
    std::string target = "/healthz";
    std::string method = "GET";
    std::string body;
    std::uint16_t port = 0;
    unsigned expected = 200;
    std::size_t most = 0;
    clock::time_point until;
    std::size_t begun = 0;
    std::vector<double> milliseconds;
    std::string wrong;
};

http::request<http::string_body> message_of(const load& l)
{
    http::request<http::string_body> m{http::string_to_verb(l.method), l.target, 11};
    m.set(http::field::host, "127.0.0.1");
    if (!l.body.empty())
    {
        m.set(http::field::content_type, "application/xml");
        m.body() = l.body;
    }
    m.prepare_payload();
    return m;
}

bool may_begin(const load& l)
{
    return l.wrong.empty() && clock::now() < l.until && (l.most == 0 || l.begun < l.most);
}

vn::awaitable<void> keep_calling(load& l)
{
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    stream.expires_after(longest_call);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), l.port);
    co_await stream.async_connect(where, asio::use_awaitable);
    stream.socket().set_option(tcp::no_delay(true));
    const auto message = message_of(l);
    beast::flat_buffer buffer;
    while (may_begin(l))
    {
        ++l.begun;
        const auto begin = clock::now();
        stream.expires_after(longest_call);
        co_await http::async_write(stream, message, asio::use_awaitable);
        http::response_parser<http::string_body> parser;
        parser.body_limit(largest_answer);
        co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
        const auto& answer = parser.get();
        l.milliseconds.push_back(std::chrono::duration<double, std::milli>(clock::now() - begin).count());
        if (answer.result_int() != l.expected)
            l.wrong = "answered with " + std::to_string(answer.result_int()) + ": " + answer.body().substr(0, 500);
        else if (!answer.keep_alive())
            l.wrong = "the other side does not keep the connection";
    }
}

json::object summary(load& l, double seconds)
{
    auto& m = l.milliseconds;
    std::ranges::sort(m);
    return {{"calls", m.size()},
            {"seconds", seconds},
            {"milliseconds",
             {{"median", m[m.size() / 2]},
              {"p99", m[std::min(m.size() - 1, m.size() * 99 / 100)]},
              {"lowest", m.front()},
              {"highest", m.back()}}}};
}

void run(load& l, std::size_t at_once, double seconds)
{
    asio::io_context loop(1);
    vn::task_group callers(loop.get_executor(), [&](std::exception_ptr e) {
        try
        {
            std::rethrow_exception(e);
        }
        catch (const std::exception& why)
        {
            l.wrong = why.what();
        }
    });
    const auto begin = clock::now();
    l.until = begin + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
    for (std::size_t i = 0; i < at_once; ++i)
        callers.spawn([&] { return keep_calling(l); });
    callers.close();
    loop.run();
    if (!l.wrong.empty() || l.milliseconds.empty())
        throw std::runtime_error(l.wrong.empty() ? "no call ended" : l.wrong);
    std::cout << json::serialize(summary(l, std::chrono::duration<double>(clock::now() - begin).count())) << std::endl;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("HTTP calls to 127.0.0.1, so many at once; prints one JSON object.", "bench-load");
    load l;
    std::string file;
    std::size_t at_once = 1;
    double seconds = 1;
    arguments.add_option("--port", l.port)->required();
    arguments.add_option("--target", l.target)->capture_default_str();
    arguments.add_option("--method", l.method)->capture_default_str()->check(CLI::IsMember({"GET", "POST"}));
    arguments.add_option("--body", file, "file that is sent with each call")->check(CLI::ExistingFile);
    arguments.add_option("--expect", l.expected, "status of every answer")->capture_default_str();
    arguments.add_option("--at-once", at_once)->capture_default_str()->check(CLI::Range(1, 1000));
    arguments.add_option("--seconds", seconds, "no call begins later")->check(CLI::Range(0.001, 600.0));
    arguments.add_option("--calls", l.most, "at most; 0: as many as there is time for");
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
        if (!file.empty())
        {
            std::ifstream in(file, std::ios::binary);
            l.body.assign(std::istreambuf_iterator<char>(in), {});
        }
        run(l, at_once, seconds);
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-load: " << e.what() << '\n';
        return 1;
    }
}
