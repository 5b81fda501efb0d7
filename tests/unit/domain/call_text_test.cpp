#include "domain/call_text.hpp"

#include <boost/test/unit_test.hpp>

namespace {

std::string shown(const std::vector<vn::call_argument>& arguments)
{
    std::string out;
    for (const auto& a : arguments)
    {
        out += out.empty() ? "" : "|";
        if (a.kind == vn::argument_kind::call)
            out += a.text + "(" + shown(a.arguments) + ")";
        else
            out += (a.kind == vn::argument_kind::literal ? "=" : "?") + a.text;
    }
    return out;
}

std::string parsed(std::string_view list)
{
    const auto arguments = vn::parse_arguments(list);
    return arguments ? shown(*arguments) : "! " + arguments.error().message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(call_texts)

BOOST_AUTO_TEST_CASE(reads_arguments)
{
    const struct
    {
        const char* list;
        const char* shown;
    } rows[] = {
        {"", ""},
        {" \t", ""},
        {"1, -2.5 ,1e3,.5,-.5,+7", "=1|=-2.5|=1e3|=.5|=-.5|=+7"},
        {"2026-01-31, 2026-01-31T12:00:00.5+02:00", "=2026-01-31|=2026-01-31T12:00:00.5+02:00"},
        {"true,false", "=true|=false"},
        {"'a, b', \"it's (\", ''", "=a, b|=it's (|="},
        {"/a/b[c(1,2), 'x,)']/d, ./e", "?/a/b[c(1,2), 'x,)']/d|?./e"},
        {"., .., ../x", "?.|?..|?../x"},
        {"count(/a), (/a/b)[1], true()", "?count(/a)|?(/a/b)[1]|?true()"},
        {"string-length (./x)", "?string-length (./x)"},
        {"vn:add(1, vn:f()), vn:g('(')", "add(=1|f())|g(=()"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.list)
    BOOST_TEST(parsed(row.list) == row.shown);
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_read)
{
    const struct
    {
        const char* list;
        const char* message;
    } rows[] = {
        {",", "argument 1 is empty"},
        {"1,,2", "argument 2 is empty"},
        {"1,", "argument 2 is empty"},
        {"'a", "quotes or brackets do not match"},
        {"f(", "quotes or brackets do not match"},
        {"/a[1)]", "quotes or brackets do not match"},
        {")", "quotes or brackets do not match"},
        {"'a'b", "argument 1: there is something behind its quotes"},
        {"'a' = 'b'", "argument 1: there is something behind its quotes"},
        {"HOME", "argument 1: 'HOME' is neither a literal nor an expression; text goes in quotes"},
        {"1 + 1", "argument 1: '1 + 1' is neither a literal nor an expression; text goes in quotes"},
        {"-/a", "argument 1: '-/a' is neither a literal nor an expression; text goes in quotes"},
        {"3, vn:f", "argument 2: 'vn:f' is not a call"},
        {"vn:f(1)(2)", "argument 1: quotes or brackets do not match"},
        {"vn:f(x)", "argument 1: 'x' is neither a literal nor an expression; text goes in quotes"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.list)
    BOOST_TEST(parsed(row.list) == std::string("! ") + row.message);
}

BOOST_AUTO_TEST_CASE(calls_are_not_nested_without_end)
{
    std::string list = "1";
    for (int i = 0; i < 16; ++i)
        list = "vn:f(" + list + ")";
    BOOST_TEST(parsed(list).find('!') == std::string::npos);
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "vn:f(";
    deep += list + std::string(100'000, ')');
    BOOST_TEST(parsed(deep).find("nested too deeply") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
