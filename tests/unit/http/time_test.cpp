// Clients that are slow in every way. The settings are short, and each test waits for what the server does.
#include "http_fixture.hpp"

using namespace vn;
using namespace vn::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(slow_clients, http_fixture)

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_silently)
{
    settings.idle_timeout = 1s;
    serve([&]() -> awaitable<void> {
        auto fresh = co_await connected();
        const auto nothing = co_await fresh.rest();
        BOOST_TEST(nothing == "");
        auto used = co_await connected();
        const auto out = co_await used.ask(get("/hello"));
        BOOST_TEST(out.status == 200u);
        const auto after = co_await used.rest();
        BOOST_TEST(after == "");
    });
}

BOOST_AUTO_TEST_CASE(a_header_that_does_not_end_is_a_408)
{
    settings.header_timeout = 30ms;
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto out = co_await c.ask("GET /hello HTTP/1.1\r\nHost: h\r\n");
        BOOST_TEST(out.status == 408u);
        BOOST_TEST(out.has("\"code\":\"request-timeout\""));
        BOOST_TEST(out.header("connection") == "close");
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
    });
}

BOOST_AUTO_TEST_CASE(drops_of_a_header_do_not_prolong_it)
{
    settings.header_timeout = 50ms;
    serve([&]() -> awaitable<void> {
        const auto began = clock::now();
        auto c = co_await connected();
        co_await c.send("GET /hello HTTP/1.1\r\n");
        bool ended = false;
        asio::co_spawn(
            ctx,
            [&]() -> awaitable<void> {
                asio::steady_timer pace(ctx);
                while (!ended)
                {
                    co_await c.send("A: b\r\n");
                    pace.expires_after(5ms);
                    co_await pace.async_wait(asio::use_awaitable);
                }
                gate.set();
            },
            [](std::exception_ptr e) { BOOST_TEST(!e); });
        const auto out = co_await c.receive();
        ended = true;
        BOOST_TEST(out.status == 408u);
        BOOST_TEST((clock::now() - began >= 50ms));
        co_await gate.wait();
    });
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_end_is_a_408)
{
    settings.body_timeout = 30ms;
    serve([&]() -> awaitable<void> {
        for (const char* framing : {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"})
        {
            auto c = co_await connected();
            const auto out =
                co_await c.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n" + std::string(framing));
            BOOST_TEST(out.status == 408u);
            BOOST_TEST(out.header("connection") == "close");
        }
    });
    BOOST_TEST(handled == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_cut)
{
    settings.write_timeout = 50ms;
    routes.add("GET", "/large", [](http::request&) -> awaitable<http::reply> {
        co_return http::make_reply(200, "text/plain", std::string(64 << 20, 'x'));
    });
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/large"));
        co_await until([&] { return seen.size() == 1; });
        BOOST_TEST(!seen[0].answered);
        co_await until([&] { return server->connections() == 0; });
        const auto fresh = co_await ask(get("/hello"));
        BOOST_TEST(fresh.status == 200u);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_may_take_longer_than_any_of_these)
{
    settings.header_timeout = settings.body_timeout = settings.write_timeout = 500ms;
    routes.add("GET", "/slow", [](http::request&) -> awaitable<http::reply> {
        co_await pause_for(1500ms);
        co_return http::empty_reply();
    });
    serve([&]() -> awaitable<void> {
        const auto out = co_await ask(get("/slow"));
        BOOST_TEST(out.status == 204u);
    });
}

BOOST_AUTO_TEST_CASE(many_slow_headers_keep_nobody_out)
{
    serve([&]() -> awaitable<void> {
        std::vector<client> slow;
        for (int i = 0; i < 400; ++i)
        {
            slow.push_back(co_await connected());
            co_await slow.back().send("GET /hello HTTP/1.1\r\nA:");
        }
        co_await until([&] { return server->connections() == 400; });
        const auto out = co_await ask(get("/hello"));
        BOOST_TEST(out.status == 200u);
    });
}

BOOST_AUTO_TEST_SUITE_END()
