// The two stages of stop, and every place a session can be in when they come.
#include "http_fixture.hpp"

using namespace vn;
using namespace vn::test;
using namespace std::chrono_literals;

namespace {

struct stop_fixture : http_fixture
{
    void stop(asio::cancellation_type how)
    {
        group.close();
        group.cancel(how);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stopping_server, stop_fixture)

BOOST_AUTO_TEST_CASE(idle_sessions_leave_at_once)
{
    serve([&]() -> awaitable<void> {
        auto fresh = co_await connected();
        auto used = co_await connected();
        co_await used.ask(get("/hello"));
        co_await until([&] { return server->connections() == 2 && seen.size() == 1; });
        stop(asio::cancellation_type::total);
        // At once: some turns of the loop, and nothing that takes time.
        for (int turn = 0; turn < 100; ++turn)
            co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(group.joined());
        const auto a = co_await fresh.rest();
        const auto b = co_await used.rest();
        BOOST_TEST(a == "");
        BOOST_TEST(b == "");
        client late(ctx.get_executor());
        auto [ec] = co_await late.socket().async_connect(where(), as_result);
        BOOST_TEST(ec == asio::error::connection_refused);
    });
}

BOOST_AUTO_TEST_CASE(a_request_in_flight_is_answered_and_is_the_last)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/wait") + get("/hello"));
        co_await until([&] { return handled == 1; });
        stop(asio::cancellation_type::total);
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(!group.joined());
        gate.set();
        const auto out = co_await c.receive();
        BOOST_TEST(out.body == "\"waited\"");
        BOOST_TEST(out.header("connection") == "close");
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
        c.socket().close();
        co_await group.join();
    });
    BOOST_TEST(handled == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_is_not_forgotten_by_a_handler_that_starts_afresh)
{
    routes.add("GET", "/afresh", [&](http::request&) -> awaitable<http::reply> {
        ++handled;
        co_await gate.wait();
        co_await graceful();
        co_return http::empty_reply();
    });
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/afresh"));
        co_await until([&] { return handled == 1; });
        stop(asio::cancellation_type::total);
        co_await asio::post(ctx, asio::use_awaitable);
        gate.set();
        const auto out = co_await c.receive();
        BOOST_TEST(out.header("connection") == "close");
        c.socket().close();
        co_await group.join();
    });
}

BOOST_AUTO_TEST_CASE(a_request_half_received_is_finished)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto told =
            co_await c.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\nContent-Length: 3\r\n"
                           "Expect: 100-continue\r\n\r\n");
        BOOST_TEST(told.status == 100u);
        stop(asio::cancellation_type::total);
        const auto out = co_await c.ask("abc");
        BOOST_TEST(out.body == "abc");
        BOOST_TEST(out.header("connection") == "close");
        c.socket().close();
        co_await group.join();
    });
}

BOOST_AUTO_TEST_CASE(a_stop_while_writing_ends_after_the_answer)
{
    const std::size_t size = 64 << 20;
    routes.add("GET", "/large", [&](http::request&) -> awaitable<http::reply> {
        ++handled;
        co_return http::make_reply(200, "text/plain", std::string(size, 'x'));
    });
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/large"));
        co_await until([&] { return handled == 1; });
        stop(asio::cancellation_type::total);
        const auto out = co_await c.receive();
        BOOST_TEST(out.body.size() == size);
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
        c.socket().close();
        co_await group.join();
    });
}

BOOST_AUTO_TEST_CASE(the_second_stage_ends_everything_now)
{
    settings.linger_timeout = 60s;
    routes.add("GET", "/large", [&](http::request&) -> awaitable<http::reply> {
        ++handled;
        co_return http::make_reply(200, "text/plain", std::string(64 << 20, 'x'));
    });
    serve([&]() -> awaitable<void> {
        auto idle = co_await connected();
        auto in_head = co_await connected();
        co_await in_head.send("GET /he");
        auto in_body = co_await connected();
        const auto told = co_await in_body.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"
                                               "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        BOOST_TEST(told.status == 100u);
        auto in_handler = co_await connected();
        co_await in_handler.send(get("/wait"));
        auto writing = co_await connected();
        co_await writing.send(get("/large"));
        auto lingering = co_await connected();
        const auto last = co_await lingering.ask("nonsense\r\n\r\n");
        BOOST_TEST(last.status == 400u);
        co_await until([&] { return handled == 2 && server->connections() == 6; });

        stop(asio::cancellation_type::terminal);
        co_await group.join();
        BOOST_TEST(!gate.is_set());
        const auto a = co_await in_handler.receive();
        BOOST_TEST(a.status == 0u);
        const auto b = co_await writing.receive();
        BOOST_TEST(b.status == 0u);
    });
}

BOOST_AUTO_TEST_CASE(the_second_stage_may_follow_the_first)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(get("/wait"));
        auto in_head = co_await connected();
        co_await in_head.send("GET /he");
        co_await until([&] { return handled == 1 && server->connections() == 2; });
        stop(asio::cancellation_type::total);
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(group.size() > 0u);
        group.cancel(asio::cancellation_type::terminal);
        co_await group.join();
        const auto out = co_await c.receive();
        BOOST_TEST(out.status == 0u);
    });
}

BOOST_AUTO_TEST_SUITE_END()
