#include "catalogue_test.hpp"

using functions_test::answers;
using functions_test::plugin;
using functions_test::refuses;

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(changes_case_of_latin_greek_and_cyrillic)
{
    answers({
        {"to_lowercase", {"HOLA"}, "hola"},
        {"to_lowercase", {"hola"}, "hola"},
        {"to_lowercase", {""}, ""},
        {"to_lowercase", {"Señor ÀÖØÞ ×"}, "señor àöøþ ×"},
        {"to_lowercase", {"ŁÓDŹ ŽŠ ŸĀ"}, "łódź žš ÿā"},
        {"to_lowercase", {"ΑΘΗΝΑ ΆΈΉΊΌΎΏ"}, "αθηνα άέήίόύώ"},
        {"to_lowercase", {"МОСКВА ЁЖ Ґ"}, "москва ёж ґ"},
        {"to_lowercase", {"ẠỸ ƠƯ ȘȚ ǍǗ"}, "ạỹ ơư șț ǎǘ"},
        {"to_lowercase", {"日本 😀 ٣"}, "日本 😀 ٣"},
        {"to_lowercase", {"İ"}, "İ"},
        {"to_uppercase", {"hola"}, "HOLA"},
        {"to_uppercase", {"straße"}, "STRAßE"},
        {"to_uppercase", {"señor àöøþ ÷ ÿ"}, "SEÑOR ÀÖØÞ ÷ Ÿ"},
        {"to_uppercase", {"σίσυφος"}, "ΣΊΣΥΦΟΣ"},
        {"to_uppercase", {"привет ёж ӏ"}, "ПРИВЕТ ЁЖ Ӏ"},
        {"to_uppercase", {"ơư șț ạỹ"}, "ƠƯ ȘȚ ẠỸ"},
        {"to_uppercase", {"ı"}, "ı"},
        {"to_uppercase", {"日本 😀"}, "日本 😀"},
    });
}

BOOST_AUTO_TEST_CASE(cuts_and_joins)
{
    answers({
        {"trim", {"  a b \r\n\t"}, "a b"},
        {"trim", {" \n "}, ""},
        {"normalize_space", {"  a \n b\t\tc "}, "a b c"},
        {"normalize_space", {""}, ""},
        {"concat", {}, ""},
        {"concat", {"a", "", "b"}, "ab"},
        {"join", {", "}, ""},
        {"join", {", ", "a"}, "a"},
        {"join", {", ", "a", "", "b"}, "a, , b"},
        {"length", {""}, "0"},
        {"length", {"Señor"}, "5"},
        {"length", {"日本😀"}, "3"},
        {"substring", {"Señor", "3", "1"}, "ñ"},
        {"substring", {"Señor", "3"}, "ñor"},
        {"substring", {"Señor", "1", "0"}, ""},
        {"substring", {"Señor", "6"}, ""},
        {"substring", {"Señor", "100", "5"}, ""},
        {"substring", {"Señor", "4", "9223372036854775807"}, "or"},
        {"substring", {"Señor", "9223372036854775807", "1"}, ""},
        {"left", {"Señor", "3"}, "Señ"},
        {"left", {"Señor", "99"}, "Señor"},
        {"left", {"Señor", "0"}, ""},
        {"right", {"Señor", "3"}, "ñor"},
        {"right", {"Señor", "0"}, ""},
        {"right", {"Señor", "99"}, "Señor"},
        {"split_part", {"a|b|c", "|", "2"}, "b"},
        {"split_part", {"a|b|c", "|", "4"}, ""},
        {"split_part", {"a::b::", "::", "3"}, ""},
        {"split_part", {"abc", "|", "1"}, "abc"},
        {"split_part", {"", "|", "1"}, ""},
        {"split_part", {"a|b", "|", "9223372036854775807"}, ""},
    });
}

BOOST_AUTO_TEST_CASE(finds_and_replaces)
{
    answers({
        {"replace", {"banana", "an", "AN"}, "bANANa"},
        {"replace", {"banana", "ana", "x"}, "bxna"},
        {"replace", {"banana", "a", ""}, "bnn"},
        {"replace", {"banana", "x", "y"}, "banana"},
        {"replace", {"", "x", "y"}, ""},
        {"replace", {"ñandú", "ñ", "n"}, "nandú"},
        {"starts_with", {"instrument", "ins"}, "true"},
        {"starts_with", {"ins", "instrument"}, "false"},
        {"starts_with", {"ins", ""}, "true"},
        {"ends_with", {"instrument", "ment"}, "true"},
        {"ends_with", {"ment", "instrument"}, "false"},
        {"ends_with", {"ment", ""}, "true"},
        {"contains", {"instrument", "rum"}, "true"},
        {"contains", {"instrument", "RUM"}, "false"},
        {"index_of", {"Señor", "or"}, "4"},
        {"index_of", {"Señor", "x"}, "0"},
        {"index_of", {"Señor", ""}, "1"},
        {"repeat", {"ab", "3"}, "ababab"},
        {"repeat", {"ab", "0"}, ""},
        {"repeat", {"", "9223372036854775807"}, ""},
        {"pad_left", {"7", "3", "0"}, "007"},
        {"pad_left", {"ñ", "3"}, "  ñ"},
        {"pad_left", {"1234", "3", "0"}, "1234"},
        {"pad_left", {"", "2", "é"}, "éé"},
        {"pad_right", {"ab", "4", "."}, "ab.."},
        {"pad_right", {"ab", "0"}, "ab"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_what_makes_no_sense)
{
    refuses({
        {"substring", {"abc", "0"}, "argument 'start' is below 1"},
        {"substring", {"abc", "-1", "1"}, "argument 'start' is below 1"},
        {"substring", {"abc", "1", "-1"}, "argument 'length' is negative"},
        {"substring", {"abc", "x"}, "argument 'start' is not a whole number"},
        {"substring", {"abc", "1.5"}, "argument 'start' is not a whole number"},
        {"left", {"abc", "-1"}, "argument 'length' is negative"},
        {"right", {"abc", "-9223372036854775808"}, "argument 'length' is negative"},
        {"replace", {"abc", "", "x"}, "argument 'old' is empty"},
        {"repeat", {"abc", "-1"}, "argument 'count' is negative"},
        {"pad_left", {"abc", "-1"}, "argument 'width' is negative"},
        {"pad_left", {"abc", "5", ""}, "argument 'fill' is not one character"},
        {"pad_right", {"abc", "5", "xy"}, "argument 'fill' is not one character"},
        {"split_part", {"abc", "", "1"}, "argument 'separator' is empty"},
        {"split_part", {"abc", "b", "0"}, "argument 'index' is below 1"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_utf8)
{
    for (const char* text :
         {"\xff", "\xc3", "a\xc3", "\xc3(", "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80",
          "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x9f\x98"})
        refuses({{"to_lowercase", {text}, "argument 'value' is not UTF-8"},
                 {"concat", {"a", text}, "argument 'values' is not UTF-8"},
                 {"pad_left", {"a", "5", text}, "argument 'fill' is not UTF-8"}});
}

BOOST_AUTO_TEST_CASE(no_result_is_longer_than_one_mebibyte)
{
    const std::string reason = "the result is longer than 1 MiB";
    const std::string mebibyte(1u << 20, 'x'), large(10'000'000, 'x');
    refuses({
        {"trim", {large}, reason},
        {"to_lowercase", {large}, reason},
        {"to_uppercase", {large}, reason},
        {"normalize_space", {large}, reason},
        {"concat", {mebibyte, "x"}, reason},
        {"join", {mebibyte, "x", "y"}, reason},
        {"substring", {large, "1"}, reason},
        {"left", {large, "9999999"}, reason},
        {"replace", {mebibyte, "x", "yy"}, reason},
        {"replace", {large, "y", ""}, reason},
        {"repeat", {"x", "1048577"}, reason},
        {"repeat", {"xx", "9223372036854775807"}, reason},
        {"repeat", {large, "1"}, reason},
        {"pad_left", {"x", "1048577"}, reason},
        {"pad_right", {"x", "9223372036854775807"}, reason},
        {"pad_right", {"x", "524289", "é"}, reason},
        {"split_part", {large, "|", "1"}, reason},
        {"coalesce", {large}, reason},
    });
    answers({
        {"trim", {mebibyte}, mebibyte},
        {"repeat", {"x", "1048576"}, mebibyte},
        {"length", {large}, "10000000"},
        {"right", {large, "2"}, "xx"},
        {"contains", {large, "y"}, "false"},
    });
}

BOOST_AUTO_TEST_CASE(doubling_by_concat_ends)
{
    std::string text = "x";
    int times = 0;
    for (; times < 40; ++times)
    {
        const auto given = plugin().call("concat", {text, text});
        if (given.status != VN_OK)
            break;
        text = given.text;
    }
    BOOST_TEST(times == 20);
}

BOOST_AUTO_TEST_SUITE_END()
