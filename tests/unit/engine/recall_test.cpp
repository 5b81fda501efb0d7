// What becomes of an operation that nobody wants any more.
#include "engine/recall.hpp"

#include "support/io_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

#include <optional>
#include <stdexcept>

using namespace vn;

namespace {

struct fixture : test::io_fixture
{
    recall recalled;
    bool unwound = false;

    struct told_at_end
    {
        bool& flag;
        ~told_at_end() { flag = true; }
    };

    awaitable<int> never()
    {
        const told_at_end end{unwound};
        asio::steady_timer timer(ctx, clock::time_point::max());
        co_await timer.async_wait(asio::use_awaitable);
        co_return 1;
    }

    static awaitable<int> seven() { co_return 7; }
    static awaitable<int> thrown()
    {
        throw std::runtime_error("why");
        co_return 0;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(recalls, fixture)

BOOST_AUTO_TEST_CASE(what_is_wanted_gives_what_it_gives)
{
    run([&]() -> awaitable<void> {
        BOOST_TEST((co_await recalled.unless_made(seven()) == std::optional(7)));
        BOOST_CHECK_THROW(co_await recalled.unless_made(thrown()), std::runtime_error);
        BOOST_TEST((co_await recalled.unless_made(seven()) == std::optional(7)));
    });
}

BOOST_AUTO_TEST_CASE(what_was_recalled_before_does_not_begin)
{
    run([&]() -> awaitable<void> {
        recalled.make();
        BOOST_TEST(!co_await recalled.unless_made(never()));
        BOOST_TEST(!unwound);
    });
}

BOOST_AUTO_TEST_CASE(what_is_recalled_meanwhile_has_unwound)
{
    run([&]() -> awaitable<void> {
        asio::post(ctx, [&] { recalled.make(); });
        BOOST_TEST(!co_await recalled.unless_made(never()));
        BOOST_TEST(unwound);
    });
}

BOOST_AUTO_TEST_CASE(who_cancels_the_caller_cancels_it_too)
{
    asio::cancellation_signal stop;
    run([&]() -> awaitable<void> {
        asio::post(ctx, [&] { stop.emit(asio::cancellation_type::terminal); });
        const auto wait = [&]() -> awaitable<void> { co_await recalled.unless_made(never()); };
        bool thrown_on = false;
        try
        {
            co_await asio::co_spawn(ctx, wait(), asio::bind_cancellation_slot(stop.slot(), asio::use_awaitable));
        }
        catch (const boost::system::system_error& e)
        {
            thrown_on = e.code() == asio::error::operation_aborted;
        }
        BOOST_TEST(thrown_on);
        BOOST_TEST(unwound);
        BOOST_TEST(!recalled.is_made());
    });
}

BOOST_AUTO_TEST_SUITE_END()
