// What a reader of a stream takes for lost.
#include "redis/client.hpp"
#include "redis/stream_reader.hpp"

#include "core/task_group.hpp"
#include "support/io_fixture.hpp"
#include "support/redis_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

struct fixture : test::io_fixture
{
    test::redis_server server;
    redis::client client{ctx.get_executor(), *redis::parse_endpoint(server.url()), {}};
    redis::tail_reader reader{ctx.get_executor(), *redis::parse_endpoint(server.url()), {}, "s"};

    template <class Body>
    void with_reader(Body body)
    {
        run([&]() -> awaitable<void> {
            task_group group(ctx.get_executor(), [](std::exception_ptr e) { std::rethrow_exception(e); });
            group.spawn([&] { return client.run_commands(); });
            group.spawn([&] { return reader.run_connection(); });
            co_await body(group);
            group.close();
            group.cancel(asio::cancellation_type::terminal);
            co_await group.join();
        });
    }

    awaitable<void> add(std::string_view id)
    {
        redis::command c;
        c.push("XADD", "s", id, "a", "1");
        BOOST_TEST_REQUIRE((co_await client.exec(c)).has_value());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(readers_of_a_tail, fixture)

BOOST_AUTO_TEST_CASE(know_what_was_written_here_while_redis_is_asked)
{
    with_reader([&](task_group& group) -> awaitable<void> {
        co_await add("1-1");
        BOOST_TEST(!co_await reader.start());
        BOOST_TEST(reader.position() == "1-1");
        event asked(ctx.get_executor());
        group.spawn([&]() -> awaitable<void> {
            BOOST_TEST(!co_await reader.start());
            asked.set();
        });
        // Redis, asked before, does not know of it yet.
        co_await asio::post(asio::use_awaitable);
        reader.skip("1-1", "2-1");
        co_await asked.wait();
        BOOST_TEST(!reader.take_gap());
        BOOST_TEST(reader.position() == "2-1");
    });
}

BOOST_AUTO_TEST_CASE(see_that_the_end_of_it_is_lost)
{
    with_reader([&](task_group&) -> awaitable<void> {
        co_await add("1-1");
        co_await add("2-1");
        BOOST_TEST(!co_await reader.start());
        redis::command forget;
        forget.push("DEL", "s");
        co_await client.exec(forget);
        co_await add("1-1");
        BOOST_TEST(!co_await reader.start());
        BOOST_TEST(reader.take_gap());
        BOOST_TEST(reader.position() == "1-1");
    });
}

BOOST_AUTO_TEST_SUITE_END()
