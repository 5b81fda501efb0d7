// Loading a plugin, what is refused of it, and its description.
#include "execution/plugin_library.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

const std::string folder = VN_BINARY_DIR "/test-plugins/";

std::string refusal_of(const std::string& file)
{
    const auto loaded = blocking_load_plugin(file);
    return loaded ? "" : loaded.error().message;
}

plugin_description one_of_all()
{
    plugin_description p;
    p.name = "all";
    p.version = "1.0 (beta)";
    p.abi_major = 1;
    p.values_tasks = true;
    p.tasks = {"bond", "se\"cu\\rity"};
    p.schemes = {"ftp"};
    p.functions = {
        {"add", "adds", "number", {{"a", "first", "number", false, false}, {"b", "", "number", true, true}}}};
    return p;
}

} // namespace

BOOST_AUTO_TEST_SUITE(plugin_library)

BOOST_AUTO_TEST_CASE(describes_what_it_offers)
{
    const auto loaded = blocking_load_plugin(folder + "sins.so");
    BOOST_TEST_REQUIRE(loaded.has_value());
    BOOST_TEST((*loaded)->name == std::string("sins"));
}

BOOST_AUTO_TEST_CASE(refuses_a_wrong_table_before_it_calls_anything)
{
    const struct
    {
        int number;
        const char* said;
    } cases[] = {
        {1, "built for plugin ABI 2.0, this server has 1.0"},
        {2, "built for plugin ABI 1.7, this server has 1.0"},
        {3, "the size of its vn_plugin is 24"},
        {4, "its flags are 3"},
        {5, "lacks create, destroy or capability"},
        {6, "no name or no version"},
        {7, "does not export vn_plugin_entry"},
        {8, "vn_plugin_entry() returned NULL"},
        {9, "the size of its vn_plugin is 2147483647"},
    };
    for (const auto& c : cases)
    {
        const auto refusal = refusal_of(folder + "refused-" + std::to_string(c.number) + ".so");
        BOOST_TEST(refusal.find(c.said) != refusal.npos, c.number << ": " << refusal);
    }
}

BOOST_AUTO_TEST_CASE(tells_what_the_loader_said)
{
    for (const std::string file : {"/nowhere/x.so", "/etc/passwd", "/bin/sh", "/"})
        BOOST_TEST(!refusal_of(file).empty(), file);
    BOOST_TEST(refusal_of("/nowhere/x.so").find("/nowhere/x.so") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_description_survives_its_json)
{
    const auto p = one_of_all();
    const auto back = parse_description(describe(p));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(describe(*back) == describe(p));
    BOOST_TEST(back->tasks[1] == p.tasks[1]);
    BOOST_TEST(back->functions[0].arguments[1].repeated);
}

BOOST_AUTO_TEST_CASE(a_description_beyond_the_limits_is_refused)
{
    const std::pair<const char*, void (*)(plugin_description&)> cases[] = {
        {"no name", [](auto& p) { p.name.clear(); }},
        {"long name", [](auto& p) { p.name.assign(65, 'a'); }},
        {"name with a slash", [](auto& p) { p.name = "a/b"; }},
        {"version with a line break", [](auto& p) { p.version = "1\n2"; }},
        {"both flags", [](auto& p) { p.concurrent = p.serial = true; }},
        {"task twice", [](auto& p) { p.tasks.push_back("bond"); }},
        {"long task", [](auto& p) { p.tasks.push_back(std::string(256, 'a')); }},
        {"task with a control character", [](auto& p) { p.tasks.push_back("a\tb"); }},
        {"task that is not UTF-8", [](auto& p) { p.tasks.push_back("a\xc0\x80"); }},
        {"function that begins with a digit", [](auto& p) { p.functions[0].name = "7up"; }},
        {"function twice", [](auto& p) { p.functions.push_back(p.functions[0]); }},
        {"unknown type", [](auto& p) { p.functions[0].result = "blob"; }},
        {"needed after optional", [](auto& p) { p.functions[0].arguments.push_back({"c", "", "text", false, false}); }},
        {"repeated in the middle", [](auto& p) { p.functions[0].arguments[0].repeated = true; }},
        {"scheme in capitals", [](auto& p) { p.schemes[0] = "FTP"; }},
    };
    for (const auto& [name, spoil] : cases)
    {
        auto p = one_of_all();
        BOOST_TEST(flaw_of(p).empty());
        spoil(p);
        BOOST_TEST(!flaw_of(p).empty(), name);
    }
    for (const char* json : {"", "[]", "{}", "{\"name\":\"a\"}", "{\"name\":\"a\",\"version\":\"1\",\"tasks\":7}",
                             "{\"name\":\"a\",\"version\":\"1\",\"functions\":[7]}"})
        BOOST_TEST(!parse_description(json).has_value(), json);
}

BOOST_AUTO_TEST_SUITE_END()
