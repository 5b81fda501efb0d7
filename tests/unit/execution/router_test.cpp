// Where tasks go: exact routes, globs, declared names, the default (R33).
#include "execution/router.hpp"

#include "core/task_group.hpp"
#include "registry_fixture.hpp"

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

struct fixture : registry_fixture
{
    fake_script script;

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

BOOST_AUTO_TEST_CASE(the_default_may_be_a_plugin_and_declared_names_go_before_it)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    offer("b.so", "2", describing("beta", "2.0"));
    task_router router(script, registry, {{{"s", "script"}}, "beta"});
    BOOST_TEST(valued_by(router, "bond") == "bond by 1.0");
    BOOST_TEST(valued_by(router, "equity") == "equity by 2.0");
    BOOST_TEST(valued_by(router, "s") == "s by script");
    registry.withdraw("b.so");
    BOOST_TEST(valued_by(router, "equity") == "no-executor");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_goes_to_who_had_it_first_until_that_one_goes)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond"}));
    offer("b.so", "2", describing("beta", "2.0", {"bond", "fx"}));
    task_router router(script, registry, {});
    BOOST_TEST(valued_by(router, "bond") == "bond by 1.0");
    BOOST_TEST(valued_by(router, "fx") == "fx by script"); // refused as a whole
    registry.withdraw("a.so");
    for (auto& waiting : registry.waiting())
        offer(waiting);
    BOOST_TEST(valued_by(router, "bond") == "bond by 2.0");
    BOOST_TEST(valued_by(router, "fx") == "fx by 2.0");
}

BOOST_AUTO_TEST_CASE(names_chosen_in_the_settings_take_the_place_of_declared_ones)
{
    plugin_choice choice;
    choice.tasks = {"bill", "note"};
    offer({.file = "a.so",
           .path = "/copies/1",
           .sha256 = "1",
           .description = describing("alpha", "1.0", {"bond"}),
           .choice = choice});
    task_router router(script, registry, {});
    BOOST_TEST(valued_by(router, "bill") == "bill by 1.0");
    BOOST_TEST(valued_by(router, "bond") == "bond by script");
    BOOST_TEST(router.declared_names() == (std::vector<std::string>{"bill", "note"}), boost::test_tools::per_element());
}

// What other nodes are told, and what they may take before the default here does (R16).
BOOST_AUTO_TEST_CASE(routes_keep_names_from_other_nodes_and_declared_names_do)
{
    offer("a.so", "1", describing("alpha", "1.0", {"bond", "swap", "fx-eur"}));
    task_router router(script, registry, {{{"fx-*", "script"}, {"loan", "gamma"}}, "script"});
    BOOST_TEST(router.declared_names() == (std::vector<std::string>{"bond", "swap"}), boost::test_tools::per_element());
    for (const char* here : {"bond", "fx-eur", "fx-usd", "loan"})
        BOOST_TEST_CONTEXT(here) BOOST_TEST(!router.is_left_to_default(here));
    BOOST_TEST(router.is_left_to_default("equity"));
    BOOST_TEST(router.is_left_to_default(""));

    registry.withdraw("a.so");
    BOOST_TEST(router.is_left_to_default("bond"));
    BOOST_TEST(router.declared_names().empty());
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
