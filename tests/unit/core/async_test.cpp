#include "core/async.hpp"

#include "core/task_group.hpp"
#include "support/io_fixture.hpp"

#include <future>
#include <string>
#include <thread>

using namespace vn;
using namespace std::chrono_literals;
using test::until;

namespace {

// A group whose failures are kept; cancelling it is how the tests cancel.
struct fixture : test::io_fixture
{
    std::vector<std::string> failures;
    task_group group{ctx.get_executor(), [this](std::exception_ptr e) {
                         try
                         {
                             std::rethrow_exception(std::move(e));
                         }
                         catch (const std::exception& failure)
                         {
                             failures.push_back(failure.what());
                         }
                     }};

    // Ends the group with everything in it.
    awaitable<void> finish()
    {
        group.close();
        co_await group.join();
    }
};

awaitable<result<int>> value_of(int n)
{
    co_return n;
}
awaitable<result<int>> error_of(error_code e)
{
    co_return e;
}

awaitable<result<int>> thrown_in_turn()
{
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    throw std::runtime_error("broken");
}

awaitable<result<int>> never(bool& unwound)
{
    struct guard
    {
        bool& set;
        ~guard() { set = true; }
    } on_exit{unwound};
    asio::steady_timer timer(co_await asio::this_coro::executor, clock::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
    co_return 1;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(async_tools, fixture)

BOOST_AUTO_TEST_CASE(an_event_is_seen_by_those_before_and_those_after)
{
    run([&]() -> awaitable<void> {
        event happened(co_await asio::this_coro::executor);
        int seen = 0;
        for (int i = 0; i < 2; ++i)
            group.spawn([&]() -> awaitable<void> {
                co_await happened.wait();
                seen += happened.is_set() ? 1 : 100;
            });
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(seen == 0);
        happened.set();
        happened.set();
        co_await finish();
        BOOST_TEST(seen == 2);
        co_await happened.wait();
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_for_an_event_returns_with_it_unset)
{
    run([&]() -> awaitable<void> {
        event happened(co_await asio::this_coro::executor);
        bool returned = false;
        group.spawn([&]() -> awaitable<void> {
            auto stop = co_await graceful();
            co_await happened.wait();
            BOOST_TEST(!happened.is_set());
            BOOST_TEST(stopping(stop));
            returned = true;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.cancel(asio::cancellation_type::terminal);
        co_await finish();
        BOOST_TEST(returned);
    });
}

BOOST_AUTO_TEST_CASE(a_signal_raised_before_the_wait_is_kept_and_then_gone)
{
    run([&]() -> awaitable<void> {
        vn::signal wake(co_await asio::this_coro::executor);
        wake.raise();
        wake.raise();
        const bool first = co_await wake.wait(1h);
        const bool second = co_await wake.wait(1ms);
        BOOST_TEST(first);
        BOOST_TEST(!second);
    });
}

BOOST_AUTO_TEST_CASE(a_signal_wakes_its_waiter_every_time)
{
    run([&]() -> awaitable<void> {
        vn::signal wake(co_await asio::this_coro::executor);
        int woken = 0;
        group.spawn([&]() -> awaitable<void> {
            while (woken < 3)
            {
                const bool raised = co_await wake.wait(clock::duration::max());
                BOOST_TEST(raised);
                ++woken;
            }
        });
        for (int i = 1; i <= 3; ++i)
        {
            co_await asio::post(ctx, asio::use_awaitable);
            wake.raise();
            co_await until([&] { return woken == i; });
        }
        co_await finish();
    });
}

BOOST_AUTO_TEST_CASE(a_place_is_given_back_when_its_lease_dies)
{
    run([&]() -> awaitable<void> {
        slots places(co_await asio::this_coro::executor, 2);
        {
            auto a = places.take();
            auto b = places.take();
            BOOST_TEST(places.free() == 0u);
            auto moved = std::move(a);
            BOOST_TEST(places.free() == 0u);
            a = std::move(moved);
            b = slots::lease();
            BOOST_TEST(places.free() == 1u);
        }
        BOOST_TEST(places.free() == 2u);
    });
}

BOOST_AUTO_TEST_CASE(each_waiter_for_a_place_gets_one)
{
    run([&]() -> awaitable<void> {
        slots places(co_await asio::this_coro::executor, 1);
        int at_once = 0;
        int served = 0;
        for (int i = 0; i < 5; ++i)
            group.spawn([&]() -> awaitable<void> {
                co_await places.available();
                BOOST_TEST_REQUIRE(places.free() > 0u);
                auto lease = places.take();
                BOOST_TEST(++at_once == 1);
                co_await asio::post(ctx, asio::use_awaitable);
                --at_once;
                ++served;
            });
        co_await finish();
        BOOST_TEST(served == 5);
        BOOST_TEST(places.free() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_waiter_leaves_without_a_place)
{
    run([&]() -> awaitable<void> {
        slots places(co_await asio::this_coro::executor, 1);
        auto taken = places.take();
        bool left = false;
        group.spawn([&]() -> awaitable<void> {
            co_await graceful();
            co_await places.available();
            BOOST_TEST(places.free() == 0u);
            co_await places.available(); // and does not hang when asked again
            left = true;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.cancel(asio::cancellation_type::terminal);
        co_await finish();
        BOOST_TEST(left);
    });
}

BOOST_AUTO_TEST_CASE(what_ends_in_time_is_passed_on)
{
    run([&]() -> awaitable<void> {
        const auto value = co_await with_timeout(1h, value_of(3));
        BOOST_TEST(value.value() == 3);
        const auto error = co_await with_timeout(1h, error_of(errc::protocol));
        BOOST_TEST((error.error() == errc::protocol));
        // Its own cancellation is not a timeout.
        const auto aborted = co_await with_timeout(1h, error_of(asio::error::operation_aborted));
        BOOST_TEST((aborted.error() == asio::error::operation_aborted));
        std::string thrown;
        try
        {
            co_await with_timeout(1h, thrown_in_turn());
        }
        catch (const std::runtime_error& e)
        {
            thrown = e.what();
        }
        BOOST_TEST(thrown == "broken");
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_the_operation_and_is_called_one)
{
    run([&]() -> awaitable<void> {
        bool unwound = false;
        const auto r = co_await with_timeout(1ms, never(unwound));
        BOOST_TEST((r.error() == errc::timed_out));
        BOOST_TEST(unwound);
        co_await pause_for(0ms); // the caller itself is not cancelled
    });
}

BOOST_AUTO_TEST_CASE(a_total_cancellation_does_not_end_what_has_a_timeout)
{
    run([&]() -> awaitable<void> {
        event gate(co_await asio::this_coro::executor);
        const auto waits = [&]() -> awaitable<result<int>> {
            while (!gate.is_set()) // not graceful: only a terminal cancellation would end it
                co_await pause_for(1ms);
            co_return 5;
        };
        int got = 0;
        group.spawn([&]() -> awaitable<void> {
            auto stop = co_await graceful();
            const auto r = co_await with_timeout(1h, waits());
            got = r ? *r : -1;
            BOOST_TEST(stopping(stop));
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.cancel(asio::cancellation_type::total);
        for (int i = 0; i < 10; ++i)
            co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(got == 0);
        gate.set();
        co_await finish();
        BOOST_TEST(got == 5);
    });
}

BOOST_AUTO_TEST_CASE(a_terminal_cancellation_ends_what_has_a_timeout)
{
    run([&]() -> awaitable<void> {
        bool unwound = false;
        bool went_on = false;
        group.spawn([&]() -> awaitable<void> {
            co_await with_timeout(1h, never(unwound));
            went_on = true;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.cancel(asio::cancellation_type::terminal);
        co_await finish();
        BOOST_TEST(unwound);
        BOOST_TEST(!went_on);
        BOOST_TEST(failures.empty());
    });
}

BOOST_AUTO_TEST_CASE(a_shielded_operation_ends_before_cancellation_shows)
{
    run([&]() -> awaitable<void> {
        event gate(co_await asio::this_coro::executor);
        int steps = 0;
        bool went_on = false;
        const auto clean_up = [&]() -> awaitable<int> {
            ++steps;
            while (!gate.is_set())
                co_await asio::post(ctx, asio::use_awaitable);
            ++steps;
            co_return 4;
        };
        group.spawn([&]() -> awaitable<void> {
            const int n = co_await shielded(clean_up());
            BOOST_TEST(n == 4);
            co_await asio::post(ctx, asio::use_awaitable);
            went_on = true;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.cancel(asio::cancellation_type::terminal);
        group.cancel(asio::cancellation_type::terminal);
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(steps == 1);
        gate.set();
        co_await finish();
        BOOST_TEST(steps == 2);
        BOOST_TEST(!went_on);
    });
}

BOOST_AUTO_TEST_CASE(a_shielded_operation_passes_on_what_it_throws)
{
    run([&]() -> awaitable<void> {
        bool thrown = false;
        try
        {
            co_await shielded(thrown_in_turn());
        }
        catch (const std::runtime_error&)
        {
            thrown = true;
        }
        BOOST_TEST(thrown);
        bool throws = co_await asio::this_coro::throw_if_cancelled();
        BOOST_TEST(throws);
    });
}

BOOST_AUTO_TEST_CASE(a_pool_gives_back_what_the_work_returns_or_throws)
{
    asio::thread_pool pool(2);
    run([&]() -> awaitable<void> {
        const auto io = std::this_thread::get_id();
        const auto worker = co_await on_pool(pool, [] { return std::this_thread::get_id(); });
        BOOST_TEST((worker != io));
        BOOST_TEST((std::this_thread::get_id() == io));
        auto owned = co_await on_pool(pool, [] { return std::make_unique<int>(3); });
        BOOST_TEST(*owned == 3);
        std::string thrown;
        try
        {
            co_await on_pool(pool, []() -> int { throw std::runtime_error("in the pool"); });
        }
        catch (const std::runtime_error& e)
        {
            thrown = e.what();
        }
        BOOST_TEST(thrown == "in the pool");
    });
}

BOOST_AUTO_TEST_CASE(work_on_a_pool_is_waited_for_also_when_cancelled)
{
    asio::thread_pool pool(1);
    run([&]() -> awaitable<void> {
        std::promise<void> gate;
        bool came_back = false;
        bool went_on = false;
        group.spawn([&]() -> awaitable<void> {
            std::string frame = "still here";
            const auto length = co_await on_pool(pool, [&] {
                gate.get_future().wait();
                return frame.size();
            });
            came_back = length == frame.size();
            co_await asio::post(ctx, asio::use_awaitable);
            went_on = true;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.cancel(asio::cancellation_type::terminal);
        group.cancel(asio::cancellation_type::terminal);
        co_await asio::post(ctx, asio::use_awaitable);
        BOOST_TEST(!came_back);
        gate.set_value();
        co_await finish();
        BOOST_TEST(came_back);
        BOOST_TEST(!went_on);
        BOOST_TEST(failures.empty());
    });
}

BOOST_AUTO_TEST_CASE(much_work_on_a_pool_comes_back_whole)
{
    asio::thread_pool pool(4);
    run([&]() -> awaitable<void> {
        long sum = 0;
        for (int i = 0; i < 500; ++i)
            group.spawn([&, i]() -> awaitable<void> {
                const auto add = [](long& to, int n, asio::thread_pool& on) -> awaitable<void> {
                    const int doubled = co_await on_pool(on, [n] { return 2 * n; });
                    to += doubled;
                };
                return add(sum, i, pool);
            });
        co_await finish();
        BOOST_TEST(sum == 249'500);
    });
}

BOOST_AUTO_TEST_SUITE_END()
