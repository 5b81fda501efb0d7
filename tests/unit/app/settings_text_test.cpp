#include "app/setting_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

using number = std::optional<std::uint64_t>;
constexpr std::uint64_t mb = 1 << 20;

} // namespace

BOOST_AUTO_TEST_SUITE(settings_text)

BOOST_AUTO_TEST_CASE(sizes)
{
    const struct
    {
        const char* text;
        number value;
    } cases[] = {
        {"0", 0},
        {"10485760", 10 * mb},
        {"10mb", 10 * mb},
        {"10 MB", 10 * mb},
        {"10MiB", 10 * mb},
        {"64k", 65'536},
        {"64KiB", 65'536},
        {"2g", 2048 * mb},
        {"7b", 7},
        {"", {}},
        {"mb", {}},
        {"-1", {}},
        {"+1", {}},
        {"1.5mb", {}},
        {"1tb", {}},
        {" 1", {}},
        {"1 ", 1},
        {"0x10", {}},
        {"1mbx", {}},
        {"18446744073709551616", {}},
        {"99999999999999gb", {}},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.text)
    BOOST_CHECK(parse_bytes(c.text) == c.value);

    BOOST_TEST(bytes_text(0) == "0");
    BOOST_TEST(bytes_text(1000) == "1000");
    BOOST_TEST(bytes_text(10 * mb) == "10mb");
    BOOST_TEST(bytes_text(65'536) == "64kb");
    BOOST_TEST(bytes_text(1024 * mb) == "1gb");
}

BOOST_AUTO_TEST_CASE(durations)
{
    const struct
    {
        const char* text;
        std::uint64_t unit_ms;
        number value;
    } cases[] = {
        {"250", 1, 250},      {"250ms", 1, 250},     {"30s", 1, 30'000},
        {"5m", 1, 300'000},   {"5min", 1, 300'000},  {"30", 1'000, 30},
        {"2h", 1'000, 7'200}, {"1d", 1'000, 86'400}, {"2000ms", 1'000, 2},
        {"500ms", 1'000, {}}, {"1 S", 1, 1'000},     {"1w", 1, {}},
        {"", 1, {}},          {"-5s", 1, {}},        {"99999999999999999d", 1, {}},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.text)
    BOOST_CHECK(parse_duration(c.text, c.unit_ms) == c.value);
}

BOOST_AUTO_TEST_CASE(flags)
{
    for (const char* yes : {"true", "TRUE", "yes", "on", "1"})
        BOOST_CHECK(parse_flag(yes) == true);
    for (const char* no : {"false", "No", "off", "0"})
        BOOST_CHECK(parse_flag(no) == false);
    for (const char* neither : {"", "2", "truetruetrue", "maybe", "offset-of"})
        BOOST_CHECK(!parse_flag(neither));
}

BOOST_AUTO_TEST_CASE(lists)
{
    using parts = std::vector<std::string>;
    BOOST_TEST(split_list("") == parts{});
    BOOST_TEST(split_list(" , ,") == parts{});
    BOOST_TEST(split_list("a") == parts{"a"});
    BOOST_TEST(split_list(" a b ,c,, d") == (parts{"a b", "c", "d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_are_quoted_where_they_have_to_be)
{
    BOOST_TEST(info_value("") == R"("")");
    BOOST_TEST(info_value("a:/b,c") == "a:/b,c");
    BOOST_TEST(info_value("a b") == R"("a b")");
    BOOST_TEST(info_value("a;b") == R"("a;b")");
    BOOST_TEST(info_value("#a") == R"("#a")");
    BOOST_TEST(info_value("a\"b\\c\n") == R"("a\"b\\c\n")");
}

BOOST_AUTO_TEST_CASE(shown_text_is_short_and_on_one_line)
{
    BOOST_TEST(shown("a\nb") == "\"a?b\"");
    BOOST_TEST(shown(std::string(100, 'x')) == '"' + std::string(80, 'x') + "...\"");
}

BOOST_AUTO_TEST_CASE(passwords_are_masked)
{
    const struct
    {
        const char *url, *masked;
    } cases[] = {
        {"", ""},
        {"redis://host:6379/2", "redis://host:6379/2"},
        {"redis://user:secret@host/2", "redis://user:***@host/2"},
        {"redis://:secret@host", "redis://:***@host"},
        {"redis://secret@host", "redis://***@host"},
        {"redis://user:se:cr@et@host", "redis://user:***@host"},
        {"redis+sentinel://u:secret@h1,h2/m", "redis+sentinel://u:***@h1,h2/m"},
        {"unix:///run/r.sock?db=1&password=secret&user=u", "unix:///run/r.sock?db=1&password=***&user=u"},
        {"unix:///r?password=secret&password=secret", "unix:///r?password=***&password=***"},
        {"user:secret@host", "user:***@host"},
    };
    for (const auto& c : cases)
        BOOST_TEST(without_password(c.url) == c.masked);
}

BOOST_AUTO_TEST_SUITE_END()
