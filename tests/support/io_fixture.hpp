// Runs test bodies as coroutines.
#pragma once

#include "core/async.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

namespace vn::test {

// Fails a body that hangs, and work that is left behind.
struct io_fixture
{
    asio::io_context ctx{1};

    template <class Body>
    void run(Body body, clock::duration limit = std::chrono::seconds(120))
    {
        bool done = false;
        std::exception_ptr failure;
        asio::co_spawn(ctx, std::move(body), [&](std::exception_ptr e) {
            done = true;
            failure = std::move(e);
        });
        ctx.restart();
        ctx.run_for(limit);
        BOOST_TEST_REQUIRE(done, "the test body did not finish");
        if (failure)
            std::rethrow_exception(failure);
    }

    ~io_fixture()
    {
        ctx.poll();
        BOOST_TEST(ctx.stopped(), "work was left behind");
    }
};

// Lets others run until it holds; the fixture's limit ends a test that never gets there.
template <class Condition>
awaitable<void> until(Condition holds)
{
    auto ex = co_await asio::this_coro::executor;
    while (!holds())
        co_await asio::post(ex, asio::use_awaitable);
}

} // namespace vn::test
