// Who gets a name, and what happens to versions (R33).
#include "execution/plugin_registry.hpp"

#include "registry_fixture.hpp"

using namespace vn;
using namespace vn::test;

namespace {

struct fixture : registry_fixture
{
    std::string listed()
    {
        std::string all;
        for (const auto& row : registry.list())
            all += row.file + " " + row.sha256 + " " + row.state + (row.reason.empty() ? "" : ": " + row.reason) + "\n";
        return all;
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
