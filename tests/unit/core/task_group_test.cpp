#include "core/task_group.hpp"

#include "support/io_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace vn;
using namespace std::chrono_literals;
using test::until;

namespace {

struct fixture : test::io_fixture
{
    int failures = 0;
    task_group group{ctx.get_executor(), [this](std::exception_ptr) { ++failures; }};
};

awaitable<void> nothing()
{
    co_return;
}

awaitable<void> stop_when_asked(std::vector<std::string>& log, std::string name)
{
    auto stop = co_await graceful();
    while (!stopping(stop))
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    log.push_back(name + (stop.cancelled() == asio::cancellation_type::total ? " total" : " terminal"));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(task_groups, fixture)

BOOST_AUTO_TEST_CASE(join_waits_for_every_task)
{
    run([&]() -> awaitable<void> {
        event gate(ctx.get_executor());
        int ended = 0;
        for (int i = 0; i < 3; ++i)
            group.spawn([&]() -> awaitable<void> {
                co_await gate.wait();
                ++ended;
            });
        BOOST_TEST(group.size() == 3u);
        group.close();
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(!group.joined());
        gate.set();
        co_await group.join();
        BOOST_TEST(ended == 3);
        BOOST_TEST(group.size() == 0u);
        co_await group.join();
    });
}

BOOST_AUTO_TEST_CASE(an_empty_group_is_joined_when_closed)
{
    run([&]() -> awaitable<void> {
        group.close();
        BOOST_TEST(group.joined());
        co_await group.join();
    });
}

BOOST_AUTO_TEST_CASE(a_closed_group_starts_nothing)
{
    run([&]() -> awaitable<void> {
        group.close();
        bool made = false;
        const bool started = group.spawn([&] {
            made = true;
            return nothing();
        });
        BOOST_TEST(!started);
        co_await group.join();
        BOOST_TEST(!made);
    });
}

BOOST_AUTO_TEST_CASE(tasks_that_end_at_once_and_tasks_that_start_others_are_counted)
{
    run([&]() -> awaitable<void> {
        int ended = 0;
        for (int i = 0; i < 100; ++i)
            group.spawn([&]() -> awaitable<void> {
                group.spawn([&]() -> awaitable<void> {
                    ++ended;
                    co_return;
                });
                ++ended;
                co_return;
            });
        co_await until([&] { return group.size() == 0; });
        group.close();
        co_await group.join();
        BOOST_TEST(ended == 200);
    });
}

BOOST_AUTO_TEST_CASE(what_the_callable_holds_lives_as_long_as_the_task)
{
    run([&]() -> awaitable<void> {
        event gate(ctx.get_executor());
        auto held = std::make_shared<int>(5);
        std::weak_ptr<int> watch = held;
        int seen = 0;
        group.spawn([&, held = std::move(held)]() -> awaitable<void> {
            co_await gate.wait();
            seen = *held;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(!watch.expired());
        gate.set();
        group.close();
        co_await group.join();
        BOOST_TEST(seen == 5);
        BOOST_TEST(watch.expired());
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_reported_once_and_a_cancellation_is_not_one)
{
    run([&]() -> awaitable<void> {
        group.spawn([]() -> awaitable<void> {
            throw std::runtime_error("broken");
            co_return;
        });
        group.spawn([]() -> awaitable<void> { co_await pause_for(1h); });
        group.spawn([]() -> awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
            co_await timer.async_wait(asio::use_awaitable);
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.close();
        group.cancel(asio::cancellation_type::terminal);
        co_await group.join();
        BOOST_TEST(failures == 1);
    });
}

BOOST_AUTO_TEST_CASE(both_stages_of_a_stop_reach_every_task)
{
    run([&]() -> awaitable<void> {
        std::vector<std::string> log;
        bool plain_ended = false;
        group.spawn([&] { return stop_when_asked(log, "a"); });
        group.spawn([&] { return stop_when_asked(log, "b"); });
        // Not graceful: a total cancellation means nothing to it.
        group.spawn([&]() -> awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
            co_await timer.async_wait(as_result);
            plain_ended = true;
        });
        // Graceful and in the middle of something: total only shows, terminal ends it.
        group.spawn([&]() -> awaitable<void> {
            auto stop = co_await graceful();
            co_await pause_for(1h);
            log.push_back(stop.cancelled() == asio::cancellation_type::terminal ? "c terminal" : "c total");
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.close();
        group.cancel(asio::cancellation_type::total);
        co_await until([&] { return log.size() == 2; });
        BOOST_TEST(log == (std::vector<std::string>{"a total", "b total"}), boost::test_tools::per_element());
        BOOST_TEST(!plain_ended);
        BOOST_TEST(group.size() == 2u);
        group.cancel(asio::cancellation_type::terminal);
        co_await group.join();
        BOOST_TEST(plain_ended);
        BOOST_TEST(log.back() == "c terminal");
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_join_returns_early)
{
    run([&]() -> awaitable<void> {
        event gate(ctx.get_executor());
        task_group waiters(ctx.get_executor(), [](std::exception_ptr) {});
        group.spawn([&]() -> awaitable<void> { co_await gate.wait(); });
        group.close();
        bool returned = false;
        waiters.spawn([&]() -> awaitable<void> {
            co_await graceful();
            co_await group.join();
            returned = !group.joined();
        });
        co_await asio::post(ctx, asio::use_awaitable);
        waiters.close();
        waiters.cancel(asio::cancellation_type::terminal);
        co_await waiters.join();
        BOOST_TEST(returned);
        gate.set();
        co_await group.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
