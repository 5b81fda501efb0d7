// Who gets a name, what happens to versions, and where tasks go (R33).
#include "core/log.hpp"
#include "core/task_group.hpp"
#include "execution/plugin_registry.hpp"
#include "execution/router.hpp"

#include "support/fake_runner.hpp"
#include "support/io_fixture.hpp"

#include <map>

using namespace vn;
using namespace vn::test;

namespace {

class fake_script final : public executor
{
public:
    awaitable<task_outcome> run(task_input input) override
    {
        task_outcome out;
        out.executor = "script";
        out.result = input.valuation_name + " by script";
        co_return out;
    }
};

struct fixture : io_fixture
{
    std::map<std::string, std::shared_ptr<fake_runner>> runners; // by SHA-256
    plugin_registry registry;
    fake_script script;

    fixture() { log::start(log::level::off, log::format::json); }

    void offer(plugin_source s)
    {
        if (!registry.accepts(s))
            return;
        auto runner = runners[s.sha256] = std::make_shared<fake_runner>(ctx.get_executor(), s.description);
        registry.offer(std::move(s), {runner, "host", ""});
    }
    void offer(const std::string& file, const std::string& sha, plugin_description d)
    {
        offer({.file = file, .path = "/copies/" + sha, .sha256 = sha, .description = std::move(d), .choice = {}});
    }
    std::string listed()
    {
        std::string all;
        for (const auto& row : registry.list())
            all += row.file + " " + row.sha256 + " " + row.state + (row.reason.empty() ? "" : ": " + row.reason) + "\n";
        return all;
    }
    std::string valued_by(task_router& router, const std::string& name)
    {
        std::string by;
        run([&]() -> awaitable<void> {
            task_input input;
            input.valuation_name = name;
            auto out = co_await router.run(std::move(input));
            by = out.error ? out.error->code : out.result;
        });
        return by;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plugin_registry_, fixture)

BOOST_AUTO_TEST_CASE(what_is_offered_first_keeps_the_names)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond", "swap"}));
    offer("b.so", "2", describing("beta", "1.0", {"fx", "swap"}));
    offer("c.so", "3", describing("alpha", "2.0", {"equity"}));
    BOOST_TEST(listed() == "a.so 1 offered\n"
                           "b.so 2 refused: name taken by a.so\n"
                           "c.so 3 refused: name taken by a.so\n");
    BOOST_TEST(registry.by_task("swap")->source.file == "a.so");
    BOOST_TEST(!registry.by_task("fx"));
    BOOST_TEST(!registry.by_task("equity"));
    BOOST_TEST(registry.by_name("alpha")->source.sha256 == "1");
    BOOST_TEST(registry.paths().contains("/copies/2"));
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_name_gets_it_when_it_is_free)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    offer("b.so", "2", describing("beta", "1.0", {"bond"}));
    offer("c.so", "3", describing("gamma", "1.0", {"bond"}));
    registry.withdraw("a.so");
    BOOST_TEST(registry.clean());
    for (auto& source : registry.waiting())
        offer(std::move(source));
    BOOST_TEST(listed() == "b.so 2 offered\nc.so 3 refused: name taken by b.so\n");
    BOOST_TEST(registry.by_task("bond")->source.file == "b.so");
    BOOST_TEST(!registry.clean());
}

BOOST_AUTO_TEST_CASE(a_replacement_keeps_the_name_and_running_calls_their_version)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    runners["1"]->counted.running = 1;
    offer("a.so", "2", describing("alpha", "2.0", {"bond", "swap"}));
    BOOST_TEST(listed() == "a.so 2 offered\na.so 1 draining\n");
    BOOST_TEST(runners["1"]->drained);
    BOOST_TEST(registry.by_task("bond")->source.sha256 == "2");
    BOOST_TEST(!registry.clean());
    BOOST_TEST(registry.paths().size() == 2u);

    runners["1"]->counted.running = 0;
    BOOST_TEST(registry.clean());
    BOOST_TEST(listed() == "a.so 2 offered\n");
    BOOST_TEST(registry.paths().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_replacement_may_drop_names_and_change_the_plugins_name)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond", "swap"}));
    offer("a.so", "2", describing("omega", "2.0", {"bond"}));
    BOOST_TEST(!registry.by_task("swap"));
    BOOST_TEST(!registry.by_name("alpha"));
    BOOST_TEST(registry.by_name("omega")->source.sha256 == "2");
}

BOOST_AUTO_TEST_CASE(a_bad_replacement_leaves_what_was_offered)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    registry.refuse("a.so", {.code = "plugin-incomplete", .message = "half of it"}, "9");
    BOOST_TEST(listed() == "a.so 1 offered\na.so 9 refused: half of it\n");
    BOOST_TEST(!runners["1"]->drained);
    registry.keep("a.so");
    BOOST_TEST(listed() == "a.so 1 offered\n");

    offer("b.so", "2", describing("beta", "1.0", {"fx"}));
    offer("b.so", "3", describing("beta", "2.0", {"fx", "bond"}));
    BOOST_TEST(listed() == "a.so 1 offered\nb.so 2 offered\nb.so 3 refused: name taken by a.so\n");
}

BOOST_AUTO_TEST_CASE(functions_and_schemes_are_names_too)
{
    auto d = describing("alpha", "1.0");
    d.functions.push_back({.name = "add", .help = {}, .result = "number", .arguments = {}});
    d.schemes = {"s3"};
    offer("a.so", "1", d);
    BOOST_TEST(registry.by_function("add")->source.file == "a.so");
    BOOST_TEST(registry.by_scheme("s3")->source.file == "a.so");
    BOOST_TEST(!registry.by_task("add"));

    auto e = describing("beta", "1.0");
    e.schemes = {"s3"};
    offer("b.so", "2", e);
    BOOST_TEST(listed() == "a.so 1 offered\nb.so 2 refused: name taken by a.so\n");
}

BOOST_AUTO_TEST_CASE(tasks_given_in_the_settings_replace_the_declared_ones)
{
    plugin_source s{
        .file = "a.so", .path = "p", .sha256 = "1", .description = describing("alpha", "1.0", {"x"}), .choice = {}};
    s.choice.tasks = {"y"};
    offer(std::move(s));
    BOOST_TEST(!registry.by_task("x"));
    BOOST_TEST(registry.by_task("y"));
}

BOOST_AUTO_TEST_CASE(nothing_is_offered_after_the_end)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    registry.drain();
    BOOST_TEST(runners["1"]->drained);
    offer("b.so", "2", describing("beta", "1.0", {"fx"}));
    registry.clean();
    BOOST_TEST(registry.is_done());
    BOOST_TEST(listed() == "");
}

BOOST_AUTO_TEST_CASE(an_unhealthy_plugin_says_why)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    runners["1"]->trouble = "its hosts do not start";
    BOOST_TEST(listed() == "a.so 1 offered: its hosts do not start\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(router_, fixture)

BOOST_AUTO_TEST_CASE(exact_routes_go_before_globs_before_declared_names_before_the_default)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond", "swap", "fx-eur"}));
    offer("b.so", "2", describing("beta", "2.0"));
    task_router router(script, registry,
                       {{{"fx-*", "beta"}, {"f*", "alpha"}, {"fx-usd", "script"}, {"swap", "beta"}}, "script"});
    struct
    {
        const char* name;
        const char* by;
    } const cases[] = {
        {"fx-usd", "fx-usd by script"}, // exact, though a glob stands before it
        {"fx-eur", "fx-eur by 2.0"},    // the first glob, though alpha declares it
        {"fra", "fra by 1.0"},          // the second glob
        {"swap", "swap by 2.0"},        // exact, though alpha declares it
        {"bond", "bond by 1.0"},        // declared
        {"equity", "equity by script"}, // the default
        {"", " by script"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name) BOOST_TEST(valued_by(router, c.name) == c.by);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_is_not_there_is_named_as_missing)
{
    auto functions_only = describing("functions", "1.0");
    functions_only.values_tasks = false;
    offer("f.so", "3", functions_only);
    task_router router(script, registry, {{{"bond", "alpha"}, {"x", "functions"}, {"s", "script"}}, "gamma"});
    BOOST_TEST(router.missing("bond").value() == "alpha");
    BOOST_TEST(router.missing("x").value() == "functions");
    BOOST_TEST(router.missing("other").value() == "gamma");
    BOOST_TEST(!router.missing("s"));
    BOOST_TEST(valued_by(router, "bond") == "no-executor");

    offer("a.so", "1", describing("alpha", "1.0"));
    BOOST_TEST(!router.missing("bond"));
    BOOST_TEST(valued_by(router, "bond") == "bond by 1.0");
    registry.withdraw("a.so");
    BOOST_TEST(router.missing("bond").value() == "alpha");
}

BOOST_AUTO_TEST_CASE(results_say_name_version_and_hash)
{
    offer("a.so", "1f", describing("alpha", "1.0", {"bond"}));
    task_router router(script, registry, {});
    run([&]() -> awaitable<void> {
        task_input input;
        input.valuation_name = "bond";
        const auto out = co_await router.run(std::move(input));
        BOOST_TEST(out.plugin == "alpha 1.0 1f");
        BOOST_TEST(out.executor == "host");
    });
}

BOOST_AUTO_TEST_CASE(a_call_ends_on_the_version_it_began_with)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    auto& old = *runners["1"];
    old.gate = event(ctx.get_executor());
    task_router router(script, registry, {});
    task_outcome out;
    task_group group(ctx.get_executor(), [](std::exception_ptr) { BOOST_ERROR("thrown"); });
    run([&]() -> awaitable<void> {
        group.spawn([&]() -> awaitable<void> {
            task_input input;
            input.valuation_name = "bond";
            out = co_await router.run(std::move(input));
        });
        co_await until([&] { return old.counted.running == 1; });
        offer("a.so", "2", describing("alpha", "2.0", {"bond"}));
        BOOST_TEST(old.drained);
        old.gate.set();
        group.close();
        co_await group.join();
    });
    BOOST_TEST(out.result == "bond by 1.0");
    BOOST_TEST(out.plugin == "alpha 1.0 1");
}

BOOST_AUTO_TEST_CASE(a_call_that_came_too_late_goes_to_the_next_version)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    auto& old = *runners["1"];
    old.gate = event(ctx.get_executor());
    old.gives_up_waiting = true;
    task_router router(script, registry, {});
    task_outcome out;
    task_group group(ctx.get_executor(), [](std::exception_ptr) { BOOST_ERROR("thrown"); });
    run([&]() -> awaitable<void> {
        group.spawn([&]() -> awaitable<void> {
            task_input input;
            input.valuation_name = "bond";
            out = co_await router.run(std::move(input));
        });
        co_await until([&] { return old.counted.running == 1; });
        offer("a.so", "2", describing("alpha", "2.0", {"bond"}));
        old.gate.set();
        group.close();
        co_await group.join();
    });
    BOOST_TEST(out.result == "bond by 2.0");
    BOOST_TEST(out.plugin == "alpha 2.0 2");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_stays_unavailable_is_asked_once)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    runners["1"]->drained = true;
    task_router router(script, registry, {});
    BOOST_TEST(valued_by(router, "bond") == "plugin-unavailable");
}

BOOST_AUTO_TEST_SUITE_END()
