// Values that go to Redis in pieces before the step that makes them count.
#include "redis/client.hpp"
#include "redis/keys.hpp"

#include "core/task_group.hpp"
#include "support/io_fixture.hpp"
#include "support/redis_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;
using room = redis::client::room;

namespace {

// No two pieces of it are alike.
std::string large_text(std::size_t size)
{
    std::string text;
    text.reserve(size + 16);
    for (std::size_t n = 0; text.size() < size; ++n)
        text += "<n>" + std::to_string(n) + "</n>";
    text.resize(size);
    return text;
}

struct fixture : test::io_fixture
{
    test::redis_server server;
    redis::client client{ctx.get_executor(), *redis::parse_endpoint(server.url()), {}};

    template <class Body>
    void with_redis(Body body)
    {
        run([&]() -> awaitable<void> {
            task_group group(ctx.get_executor(), [](std::exception_ptr e) { std::rethrow_exception(e); });
            group.spawn([&] { return client.run_commands(); });
            group.spawn([&] { return client.run_bulk(); });
            co_await body(group);
            group.close();
            group.cancel(asio::cancellation_type::terminal);
            co_await group.join();
        });
    }

    awaitable<redis::reply> say(std::initializer_list<std::string_view> words)
    {
        redis::command c;
        c.push_range(*words.begin(), words.begin() + 1, words.end());
        auto r = co_await client.exec(c);
        BOOST_TEST_REQUIRE(r.has_value(), *words.begin());
        co_return std::move(*r);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(large_values, fixture)

BOOST_AUTO_TEST_CASE(small_ones_stay_as_they_are)
{
    with_redis([&](task_group&) -> awaitable<void> {
        std::string text(client.how().bulk_bytes, 'x');
        BOOST_TEST(!co_await client.set_apart_if_large("a", text, room::always));
        BOOST_TEST(!redis::keys::is_part(text));
        BOOST_TEST((co_await say({"DBSIZE"})).number() == 0);
    });
}

BOOST_AUTO_TEST_CASE(large_ones_are_stored_under_the_name_they_become)
{
    with_redis([&](task_group&) -> awaitable<void> {
        for (const std::size_t size : {client.how().bulk_bytes + 1, std::size_t(512 * 1024), std::size_t(3'000'000)})
        {
            const auto whole = large_text(size);
            auto text = whole;
            BOOST_TEST(!co_await client.set_apart_if_large("a", text, room::refused_if_full));
            BOOST_TEST(text == redis::keys::part("a", size));
            BOOST_TEST(((co_await say({"GET", text})).text() == whole));
            BOOST_TEST((co_await say({"TTL", text})).number() > 500);
            // Again, over what is there.
            auto again = whole;
            BOOST_TEST(!co_await client.set_apart_if_large("a", again, room::refused_if_full));
            BOOST_TEST(((co_await say({"GET", text})).text() == whole));
        }
    });
}

BOOST_AUTO_TEST_CASE(what_redis_lost_in_between_is_sent_again)
{
    with_redis([&](task_group& group) -> awaitable<void> {
        const auto whole = large_text(60'000'000);
        const auto name = redis::keys::part("a", whole.size());
        bool lost = false;
        group.spawn([&]() -> awaitable<void> {
            for (;;)
            {
                const auto length = (co_await say({"STRLEN", name})).number();
                if (length == 0)
                    continue;
                BOOST_TEST(length < static_cast<long long>(whole.size()));
                co_await say({"DEL", name});
                lost = true;
                co_return;
            }
        });
        auto text = whole;
        BOOST_TEST(!co_await client.set_apart_if_large("a", text, room::refused_if_full));
        BOOST_TEST(lost);
        BOOST_TEST(((co_await client.get(name))->value() == whole));
        BOOST_TEST((co_await say({"TTL", name})).number() > 500);
    });
}

BOOST_AUTO_TEST_CASE(a_full_redis_takes_those_of_running_work)
{
    with_redis([&](task_group&) -> awaitable<void> {
        co_await say({"CONFIG", "SET", "maxmemory", "1"});
        const auto whole = large_text(2'000'000);
        auto text = whole;
        BOOST_TEST((co_await client.set_apart_if_large("a", text, room::refused_if_full) ==
                    redis::make_error_code(redis::errc::oom)));
        BOOST_TEST((text == whole));
        BOOST_TEST(!co_await client.set_apart_if_large("a", text, room::always));
        BOOST_TEST(((co_await say({"GET", text})).text() == whole));
        BOOST_TEST((co_await say({"TTL", text})).number() > 500);
    });
}

BOOST_AUTO_TEST_SUITE_END()
