// How ends of scripts are told, with work that says itself how long it takes.
#include "execution/script_threads.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <semaphore>
#include <thread>

using namespace vn;
using namespace std::chrono_literals;

namespace {

struct fixture
{
    const std::size_t few = 2 * std::max(1u, std::thread::hardware_concurrency()); // not waited for
    asio::io_context ctx{1};
    std::counting_semaphore<> go{0};
    std::size_t started = 0;
    std::size_t told = 0;
    std::size_t most_in_a_turn = 0;
    script_threads threads;

    // Work that lasts until it may go.
    void start(std::size_t count, std::chrono::microseconds processor)
    {
        for (std::size_t i = 0; i < count; ++i, ++started)
            threads.run(
                [this, processor] {
                    go.acquire();
                    return processor;
                },
                ctx.get_executor(), [this] { ++told; });
    }
    void until_told(std::size_t count)
    {
        while (told < count)
        {
            const auto before = told;
            BOOST_REQUIRE(ctx.run_one_for(60s) == 1u);
            most_in_a_turn = std::max(most_in_a_turn, told - before);
        }
    }
    void end()
    {
        go.release(static_cast<std::ptrdiff_t>(started - told));
        until_told(started);
        ctx.restart();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(script_threads_test, fixture)

BOOST_AUTO_TEST_CASE(an_end_is_told_though_all_others_go_on)
{
    for (const auto processor : {0us, std::chrono::microseconds(1h)})
        BOOST_TEST_CONTEXT(processor.count())
        {
            start(few + 2, processor);
            go.release();
            until_told(told + 1);
            end();
        }
}

BOOST_AUTO_TEST_CASE(ends_are_told_together_while_the_processors_are_busy)
{
    // Who is late on a busy machine is told of alone.
    for (int round = 0; round < 500 && most_in_a_turn < 2; ++round)
    {
        start(few + 8, 1h);
        go.release(8);
        until_told(told + 8);
        go.release(static_cast<std::ptrdiff_t>(few));
        until_told(started);
        ctx.restart();
    }
    BOOST_TEST(most_in_a_turn > 1u);
}

BOOST_AUTO_TEST_CASE(ends_are_told_one_by_one_while_the_processors_are_not)
{
    start(few + 8, 0us);
    end();
    BOOST_TEST(most_in_a_turn == 1u);
}

BOOST_AUTO_TEST_CASE(threads_are_used_again)
{
    for (int round = 0; round < 100; ++round)
    {
        start(3, 1h);
        end();
    }
    BOOST_TEST(told == 300u);
    BOOST_TEST(threads.running() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
