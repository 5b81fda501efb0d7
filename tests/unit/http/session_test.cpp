// What a client sees on the wire.
#include "http_fixture.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

using namespace vn;
using namespace vn::test;

namespace {

// What is written to standard error while it lives.
class standard_error
{
    std::FILE* file_ = std::tmpfile();
    int before_ = ::dup(2);

public:
    standard_error()
    {
        BOOST_TEST_REQUIRE(file_);
        ::dup2(::fileno(file_), 2);
    }
    ~standard_error()
    {
        ::dup2(before_, 2);
        ::close(before_);
        std::fclose(file_);
    }
    std::string text() const
    {
        std::string out(100'000, ' ');
        std::rewind(file_);
        out.resize(std::fread(out.data(), 1, out.size(), file_));
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session, http_fixture)

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request_after_the_other)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        for (int i = 0; i < 3; ++i)
        {
            const auto hello = co_await c.ask(get("/hello"));
            BOOST_TEST(hello.status == 200u);
            BOOST_TEST(hello.body == "\"hello\"");
            BOOST_TEST(hello.header("connection") == "");
            BOOST_TEST(hello.header("cache-control") == "no-store");
            BOOST_TEST(hello.header("server") == "vnserver");
            BOOST_TEST(hello.header("date").size() == 29u);
            const auto echo = co_await c.ask(post("/echo", "<a/>"));
            BOOST_TEST(echo.body == "<a/>");
        }
        const auto none = co_await c.ask(get("/none"));
        BOOST_TEST(none.status == 404u);
        const auto last = co_await c.ask(get("/hello", "Connection: close\r\n"));
        BOOST_TEST(last.header("connection") == "close");
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
    });
    BOOST_TEST(handled == 7);
}

BOOST_AUTO_TEST_CASE(a_thousand_pipelined_requests_are_answered_in_order)
{
    constexpr int n = 1000;
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        std::string all;
        for (int i = 0; i < n; ++i)
        {
            // Lengths vary, so that the cuts between reads fall everywhere; every third body is chunked.
            const auto body = "<n>" + std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x') + "</n>";
            if (i % 3 != 0)
                all += post("/echo", body);
            else
                all += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n1\r\n<\r\n" +
                       [&] {
                           char size[20];
                           std::snprintf(size, sizeof size, "%zx", body.size() - 1);
                           return std::string(size);
                       }() +
                       ";x=y\r\n" + body.substr(1) + "\r\n0\r\nTrailer: x\r\n\r\n";
        }
        int received = 0;
        asio::co_spawn(
            ctx,
            [&]() -> awaitable<void> {
                for (; received < n; ++received)
                {
                    const auto out = co_await c.receive();
                    const auto expected = "<n>" + std::to_string(received) +
                                          std::string(static_cast<std::size_t>(received % 97), 'x') + "</n>";
                    BOOST_TEST_REQUIRE(out.body == expected);
                }
            },
            [](std::exception_ptr e) { BOOST_TEST(!e); });
        const bool sent = co_await c.send(all);
        BOOST_TEST(sent);
        co_await until([&] { return received == n; });
    });
    BOOST_TEST(handled == n);
}

BOOST_AUTO_TEST_CASE(a_bad_request_ends_the_pipeline_behind_it)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/hello") + "GET /hello HTTP/1.1\r\nHost : h\r\n\r\n" + get("/hello"));
        const auto first = co_await c.receive();
        BOOST_TEST(first.status == 200u);
        const auto second = co_await c.receive();
        BOOST_TEST(second.status == 400u);
        BOOST_TEST(second.header("connection") == "close");
        BOOST_TEST(second.has("\"code\":\"bad-request\""));
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
    });
    BOOST_TEST(handled == 1);
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        c.socket().set_option(asio::ip::tcp::no_delay(true));
        for (const char byte : post("/echo", "<a/>"))
            co_await c.send(std::string(1, byte));
        const auto out = co_await c.receive();
        BOOST_TEST(out.body == "<a/>");
    });
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_side_still_gets_its_answer)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/wait"));
        c.end_sending();
        co_await until([&] { return handled == 1; });
        gate.set();
        const auto out = co_await c.receive();
        BOOST_TEST(out.body == "\"waited\"");
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
    });
}

BOOST_AUTO_TEST_CASE(a_client_that_hangs_up_changes_nothing_for_the_handler)
{
    bool finished = false;
    routes.add("GET", "/long", [&](http::request&) -> awaitable<http::reply> {
        ++handled;
        co_await gate.wait();
        finished = gate.is_set();
        co_return http::make_reply(200, "text/plain", std::string(8 << 20, 'x'));
    });
    serve([&]() -> awaitable<void> {
        {
            auto c = co_await connected();
            co_await c.send(get("/long"));
            co_await until([&] { return handled == 1; });
        }
        const auto other = co_await ask(get("/hello"));
        BOOST_TEST(other.status == 200u);
        BOOST_TEST(!finished);
        gate.set();
        co_await until([&] { return seen.size() == 2; });
        BOOST_TEST(finished);
        BOOST_TEST(seen[1].route == "/long");
        BOOST_TEST(!seen[1].answered);
        co_await until([&] { return server->connections() == 0; });
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_500_without_details)
{
    routes.add("GET", "/throws", [](http::request&) -> awaitable<http::reply> {
        throw std::runtime_error("secret");
        co_return http::reply();
    });
    routes.add("GET", "/throws-early", [](http::request&) -> awaitable<http::reply> { throw 7; });
    log::set_level(log::level::error);
    const standard_error written;
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        for (const char* path : {"/throws", "/throws-early"})
        {
            const auto out = co_await c.ask(get(path, "X-Request-Id: id-" + std::string(path + 1) + "\r\n"));
            BOOST_TEST(out.status == 500u);
            BOOST_TEST(out.has("\"code\":\"internal\""));
            BOOST_TEST(!out.has("secret"));
        }
        const auto next = co_await c.ask(get("/hello"));
        BOOST_TEST(next.status == 200u);
    });
    const auto lines = written.text();
    BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 2);
    for (const char* part : {"id-throws\"", "id-throws-early\"", "secret"})
        BOOST_TEST(lines.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(every_answer_has_a_request_id)
{
    const std::string longest(128, 'a');
    const struct
    {
        const char* name;
        std::string id;
        bool kept;
    } cases[] = {
        {"plain", "aZ09._-", true},       {"longest", longest, true}, {"too long", longest + "a", false},
        {"space", "a b", false},          {"empty", "", false},       {"slash", "a/b", false},
        {"high byte", "\xc3\xa4", false}, {"quote", "\"", false},
    };
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        for (const auto& each : cases)
        {
            const auto out = co_await c.ask(get("/hello", "x-request-id: " + each.id + "\r\n"));
            BOOST_TEST_CONTEXT(each.name)
            {
                BOOST_TEST((out.header("x-request-id") == each.id) == each.kept);
                BOOST_TEST(out.header("x-request-id").size() >= 7u);
            }
        }
        const auto made = co_await c.ask(get("/none"));
        BOOST_TEST(made.header("x-request-id").size() == 36u);
        const auto refused = co_await c.ask("GET\r\n\r\n");
        BOOST_TEST(refused.status == 400u);
        BOOST_TEST(refused.header("x-request-id").size() == 36u);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_sees_the_whole_request)
{
    http::request got;
    routes.add("PUT", "/a/{b}", {100, {}}, [&](http::request& r) -> awaitable<http::reply> {
        got = std::move(r);
        co_return http::empty_reply();
    });
    serve([&]() -> awaitable<void> {
        const auto out = co_await ask("PUT http://other/a/1%202?c=d&c=e HTTP/1.1\r\nHost: h\r\nX-User-Id: 7\r\n"
                                      "Content-Type: Text/XML ; a=b; Charset=\"latin1\"\r\nX-Request-Id: r1\r\n"
                                      "Content-Length: 3\r\n\r\nabc");
        BOOST_TEST(out.status == 204u);
        BOOST_TEST(out.header("content-length") == "");
    });
    BOOST_TEST(got.method == "PUT");
    BOOST_TEST(got.path == "/a/1 2");
    BOOST_TEST(got.path_parameters.get("b") == "1 2");
    BOOST_TEST(got.query.count("c") == 2u);
    BOOST_TEST(got.headers.get("x-user-id") == "7");
    BOOST_TEST(got.headers.size() == 5u);
    BOOST_TEST(got.media_type == "text/xml");
    BOOST_TEST(got.charset == "latin1");
    BOOST_TEST(got.body == "abc");
    BOOST_TEST(got.id == "r1");
    BOOST_TEST(got.peer.starts_with("127.0.0.1:"));
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\nHEAD /none HTTP/1.1\r\nHost: h\r\n\r\n" +
                        get("/hello"));
        const auto head = co_await c.receive(true);
        BOOST_TEST(head.status == 200u);
        BOOST_TEST(head.header("content-length") == "7");
        const auto none = co_await c.receive(true);
        BOOST_TEST(none.status == 404u);
        const auto next = co_await c.receive();
        BOOST_TEST(next.body == "\"hello\"");
    });
}

BOOST_AUTO_TEST_CASE(http_1_0_stays_only_when_asked)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto stays = co_await c.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        BOOST_TEST(stays.status == 200u);
        BOOST_TEST(stays.header("connection") == "keep-alive");
        const auto leaves = co_await c.ask("GET /hello HTTP/1.0\r\n\r\n");
        BOOST_TEST(leaves.status == 200u);
        BOOST_TEST(leaves.header("connection") == "close");
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
    });
}

BOOST_AUTO_TEST_CASE(an_empty_line_before_a_request_is_forgiven)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto first = co_await c.ask("\r\n" + get("/hello"));
        BOOST_TEST(first.status == 200u);
        const auto second = co_await c.ask("\r\n\r\n" + get("/hello"));
        BOOST_TEST(second.status == 200u);
        const auto third = co_await c.ask("\r\n\r\n\r\n" + get("/hello"));
        BOOST_TEST(third.status == 400u);
    });
}

BOOST_AUTO_TEST_CASE(each_exchange_is_reported)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.ask(post("/echo", "<a/>"));
        co_await c.ask("BREW /hello HTTP/1.1\r\nHost: h\r\n\r\n");
        co_await c.ask("nonsense\r\n\r\n");
        co_await until([&] { return seen.size() == 3; });
    });
    BOOST_TEST_REQUIRE(seen.size() == 3u);
    BOOST_TEST(seen[0].method == "POST");
    BOOST_TEST(seen[0].route == "/echo");
    BOOST_TEST(seen[0].status == 200u);
    BOOST_TEST(seen[0].received == 4u);
    BOOST_TEST(seen[0].sent > 100u);
    BOOST_TEST(seen[0].answered);
    BOOST_TEST(seen[1].method == "OTHER");
    BOOST_TEST(seen[1].route == "");
    BOOST_TEST(seen[1].status == 501u);
    BOOST_TEST(seen[2].method == "OTHER");
    BOOST_TEST(seen[2].status == 400u);
}

BOOST_AUTO_TEST_SUITE_END()
