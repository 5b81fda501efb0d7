// Plugins inside of the server: who may overlap with whom, and what becomes of calls that do not come back.
#include "core/task_group.hpp"
#include "unit/execution/plugin_fixture.hpp"

#include <boost/asio/cancel_after.hpp>

#include <algorithm>

using namespace vn;
using namespace vn::test;

namespace {

struct inline_fixture : plugin_fixture
{
    mapped_plugins mapped;

    inline_fixture() { settings.inline_workers = 4; }
    // The runner refers to mapped.
    ~inline_fixture() { leave(); }

    std::string start(const char* name = "sins", std::map<std::string, std::string> section = {})
    {
        std::string why;
        run([&]() -> awaitable<void> {
            auto made = co_await make_inline_runner(pool, mapped, plugin(name), "sins", section, settings);
            if (made)
                runner = std::move(*made);
            else
                why = made.error().message;
        });
        return why;
    }

    // The most calls that were in the plugin at once.
    std::string most_at_once(int calls = 40)
    {
        std::string most = "0";
        run([&]() -> awaitable<void> {
            task_group all(ctx.get_executor(), [](std::exception_ptr) {});
            for (int i = 0; i < calls; ++i)
                all.spawn([&]() -> awaitable<void> {
                    const auto seen = co_await runner->call_function("how_many", {}, 30s);
                    if (seen)
                        most = std::max(most, *seen);
                });
            all.close();
            co_await all.join();
        });
        return most;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inline_runner, inline_fixture)

BOOST_AUTO_TEST_CASE(values_tasks_calls_functions_and_fetches)
{
    BOOST_TEST_REQUIRE(start("sins", {{"colour", "blue"}}) == "");
    const auto outcome = outcome_of("none");
    BOOST_TEST_REQUIRE(!outcome.error);
    BOOST_TEST(has(outcome.result, "<amount>101.25</amount>"));
    BOOST_TEST(outcome.executor == "inline");
    BOOST_TEST(said("echo", {"a", "", "b"}) == "ab");
    BOOST_TEST(said("setting", {"colour"}) == "blue");
    BOOST_TEST(said("fail", {"because"}) == "plugin-invalid: The plugin refuses the input: because");
    BOOST_TEST(has(said("add", {"1"}), "does not take 1 arguments"));
    BOOST_TEST(has(said("sin", {"throw_text"}), "An exception left the plugin: thrown through C"));
    BOOST_TEST(has(said("sin", {"write_too_much"}), "plugin-output-too-large"));
    BOOST_TEST(said("process") == std::to_string(::getpid()));
    BOOST_TEST(runner->description().version == "1.2.3");
    BOOST_TEST(runner->counts().hosts == 0u);
    BOOST_TEST(runner->counts().failures == 4u);
}

BOOST_AUTO_TEST_CASE(one_call_in_each_instance)
{
    BOOST_TEST_REQUIRE(start() == "");
    // As many instances as workers.
    BOOST_TEST(most_at_once() <= "4");
}

BOOST_AUTO_TEST_CASE(concurrent_calls_overlap)
{
    BOOST_TEST_REQUIRE(start("sins-concurrent") == "");
    BOOST_TEST(runner->description().concurrent);
    const auto most = most_at_once();
    BOOST_TEST(most >= "2");
    BOOST_TEST(most <= "4");
}

BOOST_AUTO_TEST_CASE(serial_calls_never_overlap)
{
    BOOST_TEST_REQUIRE(start("sins-serial") == "");
    auto earlier = std::move(runner);
    BOOST_TEST_REQUIRE(start("sins-serial") == "");
    // Also not with those of another version.
    run([&]() -> awaitable<void> {
        task_group all(ctx.get_executor(), [](std::exception_ptr) {});
        for (int i = 0; i < 20; ++i)
            for (auto* one : {earlier.get(), runner.get()})
                all.spawn([&, one]() -> awaitable<void> {
                    const auto seen = co_await one->call_function("how_many", {}, 30s);
                    BOOST_TEST((seen && *seen == "1"));
                });
        all.close();
        co_await all.join();
    });
    leave();
    runner = std::move(earlier);
}

BOOST_AUTO_TEST_CASE(a_late_call_is_answered_at_once_and_its_worker_comes_back)
{
    settings.inline_workers = 1;
    BOOST_TEST_REQUIRE(start() == "");
    BOOST_TEST(said("sin", {"wait_for_cancel"}, 20ms) ==
               "plugin-deadline: The plugin did not answer in the time allowed.");
    run([&]() -> awaitable<void> { co_await until([&] { return runner->counts().abandoned == 0; }); });
    BOOST_TEST(runner->unhealthy() == "");
    BOOST_TEST(said("echo", {"on"}) == "on");
}

BOOST_AUTO_TEST_CASE(with_all_workers_abandoned_it_is_unhealthy)
{
    settings.inline_workers = 2;
    BOOST_TEST_REQUIRE(start() == "");
    BOOST_TEST(has(said("sin", {"hang"}, 10ms), "plugin-deadline"));
    BOOST_TEST(runner->counts().abandoned == 1u);
    BOOST_TEST(runner->unhealthy() == "");
    BOOST_TEST(said("echo", {"on"}) == "on");
    run([&]() -> awaitable<void> {
        task_group all(ctx.get_executor(), [](std::exception_ptr) {});
        all.spawn([&]() -> awaitable<void> {
            const auto late = co_await runner->call_function("sin", {"hang"}, 500ms);
            BOOST_TEST((late.has_error() && late.error().code == "plugin-deadline"));
        });
        co_await until([&] { return runner->counts().running == 1; });
        // Behind it, with nobody left to do it.
        const auto queued = co_await runner->call_function("echo", {"a"}, 30s);
        BOOST_TEST((queued.has_error() && queued.error().code == "plugin-unavailable"));
        all.close();
        co_await all.join();
    });
    BOOST_TEST(has(runner->unhealthy(), "all of its 2 workers are stuck"));
    BOOST_TEST(has(said("echo", {"on"}), "plugin-unavailable"));
    runner->drain();
    BOOST_TEST(!runner->is_done());
    run([&]() -> awaitable<void> { co_await asio::post(ctx, asio::use_awaitable); });
    runner.reset(); // while they hang
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_sees_it)
{
    settings.grace = 20s;
    BOOST_TEST_REQUIRE(start() == "");
    run([&]() -> awaitable<void> {
        auto [thrown, outcome] = co_await asio::co_spawn(ctx, runner->run(task("wait_for_cancel", 60s)),
                                                         asio::cancel_after(20ms, asio::as_tuple(asio::use_awaitable)));
        BOOST_TEST((thrown != nullptr));
    });
    BOOST_TEST(runner->counts().running == 0u);
    BOOST_TEST(runner->counts().abandoned == 0u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_refused_and_says_why)
{
    BOOST_TEST(has(start("refused-1"), "built for plugin ABI 2.0, this server has 1.0"));
    BOOST_TEST(has(start("nothing"), "nothing.so"));
    BOOST_TEST(start("sins", {{"create", "null"}}) == "its create() failed: no licence found");
    settings.start_timeout = 300ms;
    BOOST_TEST(start("sins", {{"create", "hang"}}) == "it did not open in 300 ms");
    BOOST_TEST(mapped.count("sins") == 4u);
}

BOOST_AUTO_TEST_CASE(no_more_than_eight_versions_are_mapped)
{
    for (std::size_t i = 0; i < mapped_plugins::most; ++i)
    {
        BOOST_TEST(mapped.may_map("sins"));
        BOOST_TEST(start() == "");
        leave();
    }
    BOOST_TEST(!mapped.may_map("sins"));
    BOOST_TEST(has(start(), "8 versions of it are in the server already"));
    BOOST_TEST(mapped.may_map("another"));
}

BOOST_AUTO_TEST_CASE(drained_it_ends_what_it_has_and_takes_no_more)
{
    settings.inline_workers = 1;
    BOOST_TEST_REQUIRE(start() == "");
    run([&]() -> awaitable<void> {
        task_group calls(ctx.get_executor(), [](std::exception_ptr) {});
        std::size_t well = 0;
        for (int i = 0; i < 5; ++i)
            calls.spawn([&]() -> awaitable<void> {
                const auto outcome = co_await runner->run(task());
                well += !outcome.error;
            });
        co_await until([&] { return runner->counts().running + runner->counts().calls > 0; });
        runner->drain();
        const auto refused = co_await runner->run(task());
        BOOST_TEST((refused.error && refused.error->code == "plugin-unavailable"));
        calls.close();
        co_await calls.join();
        BOOST_TEST(well == 5u);
        co_await until([&] { return runner->is_done(); });
    });
}

BOOST_AUTO_TEST_SUITE_END()
