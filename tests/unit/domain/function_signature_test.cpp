#include "domain/function_signature.hpp"

#include <boost/test/unit_test.hpp>

using vn::function_signature;
using vn::value_type;

BOOST_AUTO_TEST_SUITE(function_signatures)

BOOST_AUTO_TEST_CASE(values_are_of_a_type_or_not)
{
    using enum value_type;
    const struct
    {
        value_type type;
        const char* text;
        bool fits;
    } rows[] = {
        {number, "5", true},
        {number, "-12.5", true},
        {number, "+1", true},
        {number, "1e-3", true},
        {number, ".5", true},
        {number, "-.5", true},
        {number, "", false},
        {number, "-", false},
        {number, "+-1", false},
        {number, ".", false},
        {number, "nan", false},
        {number, "-inf", false},
        {number, "infinity", false},
        {number, "0x10", false},
        {number, "1,5", false},
        {number, "1 2", false},
        {number, "1e999", false},
        {integer, "9223372036854775807", true},
        {integer, "-9223372036854775808", true},
        {integer, "9223372036854775808", false},
        {integer, "1.0", false},
        {integer, "1e3", false},
        {integer, "007", true},
        {boolean, "true", true},
        {boolean, "false", true},
        {boolean, "True", false},
        {boolean, "1", false},
        {date, "2026-01-31", true},
        {date, "2024-02-29", true},
        {date, "2026-02-29", false},
        {date, "2026-13-01", false},
        {date, "26-01-31", false},
        {date, "2026-01-31T12:00", true},
        {date, "2026-01-31T12:00:00Z", true},
        {date, "2026-01-31T12:00:00.123+02:00", true},
        {date, "2026-01-31T", false},
        {date, "2026-01-31T24:00:00Z", false},
        {date, "2026-01-31T12:00:00.", false},
        {date, "2026-01-31T12:00:00.Z", false},
        {date, "2026-01-31T12:00:00+2", false},
        {date, "2026-01-31 12:00", false},
        {text, "", true},
        {path, "anything", true},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text << " as " << vn::with_article(row.type))
    BOOST_TEST(vn::is_of_type(row.type, row.text) == row.fits);
}

BOOST_AUTO_TEST_CASE(white_space_counts_in_texts_only)
{
    BOOST_TEST(vn::value_text(value_type::text, " a ") == " a ");
    BOOST_TEST(vn::value_text(value_type::number, " \n5\t") == "5");
}

BOOST_AUTO_TEST_CASE(says_how_many_arguments_it_wants)
{
    const vn::function_parameter one{.name = "a"};
    const vn::function_parameter maybe{.name = "b", .optional = true};
    const vn::function_parameter more{.name = "c", .repeated = true};
    const vn::function_parameter any{.name = "d", .optional = true, .repeated = true};
    const struct
    {
        function_signature f;
        const char* text;
    } rows[] = {
        {{"f", value_type::text, {}}, "0 arguments"},
        {{"f", value_type::text, {one}}, "1 argument"},
        {{"f", value_type::text, {one, one}}, "2 arguments"},
        {{"f", value_type::text, {maybe}}, "0 to 1 argument"},
        {{"f", value_type::text, {one, maybe, maybe}}, "1 to 3 arguments"},
        {{"f", value_type::text, {more}}, "at least 1 argument"},
        {{"f", value_type::text, {one, more}}, "at least 2 arguments"},
        {{"f", value_type::text, {one, any}}, "at least 1 argument"},
    };
    for (const auto& row : rows)
        BOOST_TEST(row.f.expectation() == row.text);
    const function_signature f{"f", value_type::text, {one, more}};
    BOOST_TEST(f.at(0) == &f.parameters[0]);
    BOOST_TEST(f.at(7) == &f.parameters[1]);
    BOOST_TEST(function_signature().at(0) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
