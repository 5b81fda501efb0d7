// Routes of tasks and the sections of single plugins.
#include "settings_folder.hpp"

#include "app/settings.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

struct fixture : vn::test::settings_folder
{
    loaded_settings load(std::string_view text) { return load_settings(write(text), {{"HOME", "/home/x"}}); }
    std::string mistakes(std::string_view text)
    {
        auto all = boost::join(load(text).mistakes, "\n");
        for (auto at = all.find(path.string()); at != all.npos; at = all.find(path.string()))
            all.erase(at, path.string().size() + 1);
        return all;
    }
};

constexpr std::string_view everything = R"(
tasks
{
    default bond
    route { name "fx-*" plugin "fx" }
    route
    {
        name "security"
        plugin "script"
    }
}
plugins
{
    bond { run "inline" hosts "3" tasks "a, b" settings { curve "flat one" rate 0.03 } }
    fx.2 { }
    py { command "/usr/bin/python3 worker.py -v" }
}
)";

} // namespace

BOOST_FIXTURE_TEST_SUITE(settings_plugins, fixture)

BOOST_AUTO_TEST_CASE(routes_and_plugins_are_read)
{
    write("", "worker.py");
    const auto loaded = load(everything);
    BOOST_TEST(boost::join(loaded.mistakes, "\n") == "");
    const auto& s = loaded.values;
    BOOST_CHECK((s.routes == route_settings{{{"fx-*", "fx"}, {"security", "script"}}, "bond"}));
    BOOST_TEST(s.plugin_choices.size() == 3u);
    const auto& bond = s.plugin_choices.at("bond");
    BOOST_TEST(bond.runs_inline);
    BOOST_TEST(bond.hosts == 3u);
    BOOST_CHECK((bond.tasks == std::vector<std::string>{"a", "b"}));
    BOOST_CHECK((bond.settings == std::map<std::string, std::string>{{"curve", "flat one"}, {"rate", "0.03"}}));
    BOOST_CHECK(s.plugin_choices.at("fx.2") == plugin_choice{});
    const std::vector<std::string> command{"/usr/bin/python3", (path / "worker.py").string(), "-v"};
    BOOST_TEST(s.plugin_choices.at("py").command == command, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(many_routes_keep_their_order)
{
    std::string text = "tasks\n{\n";
    for (int i = 0; i < 12; ++i)
        text += "route { name \"n" + std::to_string(i) + "\" plugin p" + std::to_string(i) + " }\n";
    const auto loaded = load(text + "}\n");
    BOOST_TEST(loaded.mistakes.empty());
    BOOST_TEST_REQUIRE(loaded.values.routes.routes.size() == 12u);
    for (std::size_t i = 0; i < 12; ++i)
        BOOST_TEST(loaded.values.routes.routes[i].plugin == "p" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_again)
{
    const auto first = load(everything).values;
    const auto again = load(print_settings(first));
    BOOST_TEST(boost::join(again.mistakes, "\n") == "");
    BOOST_CHECK(again.values.routes == first.routes);
    BOOST_CHECK(again.values.plugin_choices == first.plugin_choices);
}

BOOST_AUTO_TEST_CASE(mistakes_are_named)
{
    struct
    {
        const char* text;
        const char* mistake;
    } const cases[] = {
        {"tasks { route { name a } }", "s.info: tasks.route: a route needs name and plugin"},
        {"tasks { route { name \"a\" plugin \"b c\" } }",
         "s.info:1: tasks.route.plugin: \"b c\" cannot be the name of a plugin\n"
         "s.info: tasks.route: a route needs name and plugin"},
        {"plugins { b { run twice } }", "s.info:1: plugins.b.run: \"twice\" is not as expected (host or inline)"},
        {"plugins { b { hosts 0 } }", "s.info:1: plugins.b.hosts: \"0\" is not as expected (whole number, 1 to 1000)"},
        {"plugins { b { colour red } }", "s.info:1: plugins.b.colour: there is no such setting"},
        {"plugins { b { settings { x { y 1 } } } }", "s.info:1: plugins.b.settings.x.y: there is no such setting"},
        {"plugins { b 1 }", "s.info:1: plugins.b: \"1\" is not as expected (a section)"},
        {"plugins { \"b c\" { hosts 1 } }", "s.info:1: plugins.b c.hosts: \"b c\" cannot be the name of a plugin"},
        {"plugins { b { command \"/bin/x\" run \"inline\" } }", "s.info: plugins.b: a command cannot run inline"},
        {"plugins { b { hosts 1 } b { hosts 2 } }", "s.info:1: plugins.b: given twice, first in line 1\n"
                                                    "s.info:1: plugins.b.hosts: given twice, first in line 1"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.text)
        {
            std::string lines(c.text);
            for (auto& ch : lines)
                ch = ch == '\n' ? ' ' : ch;
            BOOST_TEST(mistakes(lines) == c.mistake);
        }
}

BOOST_AUTO_TEST_SUITE_END()
