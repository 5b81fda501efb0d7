// Rows of calls and what they answer, held against the built plugin.
#pragma once

#include "support/plugin_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace functions_test {

struct row
{
    const char* function;
    std::vector<std::string> arguments;
    std::string answer; // or, of a refusal, the reason
};

inline const vn::test::loaded_plugin& plugin()
{
    static const vn::test::loaded_plugin loaded(VN_PLUGIN_FILE);
    return loaded;
}

inline std::string shown(const row& each)
{
    std::string text = each.function;
    for (const auto& argument : each.arguments)
        text += " '" + argument.substr(0, 60) + "'";
    return text;
}

inline void answers(const std::vector<row>& rows)
{
    for (const auto& each : rows)
        BOOST_TEST_CONTEXT(shown(each))
        {
            const auto given = plugin().call(each.function, each.arguments);
            BOOST_TEST(given.status == VN_OK);
            BOOST_TEST(given.reason == "");
            BOOST_TEST(given.text == each.answer);
        }
}

inline void refuses(const std::vector<row>& rows)
{
    for (const auto& each : rows)
        BOOST_TEST_CONTEXT(shown(each))
        {
            const auto given = plugin().call(each.function, each.arguments);
            BOOST_TEST(given.status == VN_INVALID);
            BOOST_TEST(given.reason == each.answer);
            BOOST_TEST(given.text == "");
        }
}

} // namespace functions_test
