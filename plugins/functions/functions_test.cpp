// What holds for the catalogue as a whole.
#include "catalogue_test.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

using functions_test::plugin;

namespace {

const char* type_name(std::int32_t type)
{
    switch (type)
    {
    case VN_TYPE_TEXT:
        return "text";
    case VN_TYPE_NUMBER:
        return "number";
    case VN_TYPE_INTEGER:
        return "integer";
    case VN_TYPE_BOOLEAN:
        return "boolean";
    case VN_TYPE_DATE:
        return "date";
    default:
        return "?";
    }
}

bool is_of_type(std::int32_t type, const std::string& text)
{
    switch (type)
    {
    case VN_TYPE_NUMBER:
    case VN_TYPE_INTEGER:
        return plugin().call("is_number", {text}).text == "true";
    case VN_TYPE_BOOLEAN:
        return text == "true" || text == "false";
    case VN_TYPE_DATE:
        return plugin().call("is_date", {text}).text == "true";
    default: // text: UTF-8, and not too long
        return plugin().call("trim", {text}).status == VN_OK;
    }
}

// The row of a function in docs/functions.md.
std::string documented(const vn_function& each)
{
    std::string signature, arguments;
    for (std::uint32_t i = 0; i < each.argument_count; ++i)
    {
        const auto& argument = each.arguments[i];
        std::string name = argument.name;
        if (argument.flags & VN_ARGUMENT_REPEATED)
            name += "...";
        if (argument.flags & VN_ARGUMENT_OPTIONAL)
            name = "[" + name + "]";
        signature += (i == 0 ? "" : ", ") + name;
        arguments +=
            (i == 0 ? "" : "; ") + std::string(argument.name) + " (" + type_name(argument.type) + "): " + argument.help;
    }
    return "| `" + std::string(each.name) + "(" + signature + ")` | " + each.help + " | " + arguments + " | " +
           type_name(each.result) + " |";
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalogue)

BOOST_AUTO_TEST_CASE(exports_its_entry_only)
{
    BOOST_TEST(vn::test::exported_symbols(VN_PLUGIN_FILE) == std::vector<std::string>{"vn_plugin_entry"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(offers_functions_and_nothing_else)
{
    BOOST_TEST(plugin().table().name == std::string("functions"));
    BOOST_TEST(plugin().table().flags == VN_CONCURRENT);
    BOOST_TEST(plugin().task() == nullptr);
    BOOST_TEST(plugin().capability(VN_FETCHER) == nullptr);
    BOOST_REQUIRE(plugin().functions());
    for (const char* name : {"add", "subtract", "multiply", "divide", "round", "to_lowercase", "to_uppercase", "trim",
                             "concat", "format_date"})
        BOOST_TEST(plugin().function(name) != nullptr, name);
    // The server's own.
    for (const char* name : {"link", "today", "now", "uuid", "env"})
        BOOST_TEST(plugin().function(name) == nullptr, name);
}

BOOST_AUTO_TEST_CASE(every_function_and_argument_says_what_it_is)
{
    const auto is_name = [](std::string_view name) {
        return !name.empty() && name.size() <= 64 &&
               name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos && name[0] >= 'a';
    };
    std::set<std::string> names;
    for (std::uint32_t i = 0; i < plugin().functions()->count; ++i)
    {
        const auto& each = *plugin().functions()->functions[i];
        BOOST_TEST_CONTEXT(each.name)
        {
            BOOST_TEST(is_name(each.name));
            BOOST_TEST(names.insert(each.name).second);
            BOOST_TEST(std::string(each.help) != "");
            BOOST_TEST(type_name(each.result) != std::string("?"));
            for (std::uint32_t a = 0; a < each.argument_count; ++a)
            {
                BOOST_TEST(is_name(each.arguments[a].name));
                BOOST_TEST(std::string(each.arguments[a].help) != "");
                BOOST_TEST(type_name(each.arguments[a].type) != std::string("?"));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_documentation_lists_every_function)
{
    std::ifstream in(VN_SOURCE_DIR "/docs/functions.md");
    std::vector<std::string> written, offered;
    for (std::string line; std::getline(in, line);)
        if (line.compare(0, 3, "| `") == 0)
            written.push_back(line);
    for (std::uint32_t i = 0; i < plugin().functions()->count; ++i)
        offered.push_back(documented(*plugin().functions()->functions[i]));

    for (const auto& row : offered)
        BOOST_TEST((std::find(written.begin(), written.end(), row) != written.end()), "docs/functions.md lacks\n"
                                                                                          << row);
    for (const auto& row : written)
        BOOST_TEST((std::find(offered.begin(), offered.end(), row) != offered.end()), "no such function\n" << row);
}

// Whatever it is given, a function answers or refuses; it never fails and never answers with what is not its type.
BOOST_AUTO_TEST_CASE(every_function_bears_every_argument)
{
    const std::string large(1'100'000, 'x');
    const std::vector<std::string> samples = {"",
                                              " ",
                                              "0",
                                              "1",
                                              "-1",
                                              "5",
                                              "1e59",
                                              "-1e-59",
                                              "9223372036854775807",
                                              "-9223372036854775808",
                                              "2024-02-29",
                                              "9999-12-31",
                                              "true",
                                              "false",
                                              "abc",
                                              "é",
                                              "%",
                                              "%d",
                                              "\xff",
                                              std::string("\0", 1)};

    std::vector<std::vector<std::string>> calls{{large, large, large, large}, {large, "1", "1", "1"}};
    for (std::size_t a = 0; a < samples.size(); ++a)
        for (std::size_t b = 0; b < samples.size(); ++b)
        {
            const auto& c = samples[(a + b) % samples.size()];
            calls.push_back({samples[a], samples[b], c, c});
        }

    for (std::uint32_t i = 0; i < plugin().functions()->count; ++i)
    {
        const auto& each = *plugin().functions()->functions[i];
        for (auto arguments : calls)
        {
            arguments.resize(each.argument_count);
            const auto given = plugin().call(each.name, arguments);
            BOOST_TEST_CONTEXT(each.name << " '" << arguments[0].substr(0, 30) << "' ...: " << given.reason)
            {
                BOOST_TEST((given.status == VN_OK || (given.status == VN_INVALID && !given.reason.empty())));
                BOOST_TEST((given.status != VN_OK || is_of_type(each.result, given.text)));
            }
        }
    }
}

// The host counts arguments first; a call that comes through all the same names what is missing.
BOOST_AUTO_TEST_CASE(a_missing_argument_is_named)
{
    const auto* const add = plugin().function("add");
    BOOST_REQUIRE(add);
    const auto given = plugin().call_unchecked(*add, {"5"});
    BOOST_TEST(given.status == VN_INVALID);
    BOOST_TEST(given.reason == "argument 'b' is missing");
}

BOOST_AUTO_TEST_CASE(calls_may_overlap)
{
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t)
        threads.emplace_back([&wrong, t] {
            for (int i = 0; i < 300; ++i)
            {
                const auto n = std::to_string(i);
                wrong[t] += plugin().call("add", {n, "0.5"}).text != n + ".5";
                wrong[t] += plugin().call("to_uppercase", {"ñ" + n}).text != "Ñ" + n;
                wrong[t] += plugin().call("format_date", {"2026-01-05", "%A " + n}).text != "Monday " + n;
                wrong[t] += plugin().call("divide", {n, "0"}).reason != "division by zero";
            }
        });
    for (auto& each : threads)
        each.join();
    BOOST_TEST(wrong == std::vector<int>(4), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
