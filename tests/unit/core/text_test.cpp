#include "core/ids.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "core/number_text.hpp"
#include "core/time_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <set>
#include <unistd.h>

using namespace vn;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(a_json_string_is_json_whatever_is_in_it)
{
    struct row
    {
        const char* name;
        std::string_view text;
        std::string_view expected;
    };
    const row rows[] = {
        {"plain", "abc", R"("abc")"},
        {"empty", "", R"("")"},
        {"quote and backslash", "a\"b\\c", R"("a\"b\\c")"},
        {"line feed", "a\nb", R"("a\nb")"},
        {"controls", "\0\x01\x1f\x7f"sv, R"("\u0000\u0001\u001f\u007f")"},
        {"two, three and four bytes", "é€😀", "\"é€😀\""},
        {"lone continuation", "a\x80z"sv, R"("a\ufffdz")"},
        {"cut at the end", "a\xe2\x82"sv, R"("a\ufffd\ufffd")"},
        {"overlong slash", "\xc0\xaf"sv, R"("\ufffd\ufffd")"},
        {"overlong of three", "\xe0\x80\xaf"sv, R"("\ufffd\ufffd\ufffd")"},
        {"surrogate", "\xed\xa0\x80"sv, R"("\ufffd\ufffd\ufffd")"},
        {"beyond Unicode", "\xf4\x90\x80\x80"sv, R"("\ufffd\ufffd\ufffd\ufffd")"},
        {"good after bad", "\xff€"sv, "\"\\ufffd€\""},
    };
    for (const auto& r : rows)
        BOOST_TEST_CONTEXT(r.name)
        {
            BOOST_TEST(json_string(r.text) == r.expected);
        }
}

BOOST_AUTO_TEST_CASE(every_pair_of_bytes_gives_json)
{
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; ++b)
        {
            const std::string text{'x', static_cast<char>(a), static_cast<char>(b), 'y'};
            boost::system::error_code error;
            boost::json::parse(json_string(text), error);
            BOOST_TEST_REQUIRE(!error, a << " " << b);
        }
}

BOOST_AUTO_TEST_CASE(times_are_utc_with_milliseconds)
{
    using namespace std::chrono;
    const auto at = [](long long ms) { return time_text(system_clock::time_point(milliseconds(ms))); };
    BOOST_TEST(at(0) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(at(1'769'860'800'123) == "2026-01-31T12:00:00.123Z");
    BOOST_TEST(at(951'782'399'999) == "2000-02-28T23:59:59.999Z");
    BOOST_TEST(at(-1) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(ids_are_uuids_that_sort_by_time)
{
    std::set<std::string> seen;
    std::string last;
    for (int i = 0; i < 10'000; ++i)
    {
        auto id = new_id();
        BOOST_TEST_REQUIRE(is_uuid(id));
        BOOST_TEST_REQUIRE(id[14] == '7');
        BOOST_TEST_REQUIRE(last < id);
        last = id;
        seen.insert(std::move(id));
    }
    BOOST_TEST(seen.size() == 10'000u);
}

BOOST_AUTO_TEST_CASE(what_is_a_uuid)
{
    BOOST_TEST(is_uuid("0198c5a0-1234-7abc-8def-0123456789ab"));
    BOOST_TEST(is_uuid("0198C5A0-1234-7ABC-8DEF-0123456789AB"));
    for (const char* text : {"", "0198c5a0-1234-7abc-8def-0123456789a", "0198c5a0-1234-7abc-8def-0123456789abc",
                             "0198c5a0+1234-7abc-8def-0123456789ab", "g198c5a0-1234-7abc-8def-0123456789ab",
                             "0198c5a01-234-7abc-8def-0123456789ab", "{198c5a0-1234-7abc-8def-0123456789a}"})
        BOOST_TEST(!is_uuid(text), text);
}

BOOST_AUTO_TEST_CASE(names_of_levels)
{
    log::level l = log::level::off;
    BOOST_TEST(log::parse_level("trace", l));
    BOOST_TEST((l == log::level::trace));
    BOOST_TEST(log::parse_level("warn", l));
    BOOST_TEST((l == log::level::warning));
    BOOST_TEST(log::parse_level("warning", l));
    BOOST_TEST(!log::parse_level("WARNING", l));
    BOOST_TEST(!log::parse_level("", l));
    BOOST_TEST((l == log::level::warning));
}

namespace {

// What is written to stderr while f runs.
template <class F>
std::string error_output_of(F f)
{
    std::FILE* file = std::tmpfile();
    BOOST_TEST_REQUIRE(file);
    const int kept = ::dup(2);
    ::dup2(::fileno(file), 2);
    f();
    ::dup2(kept, 2);
    ::close(kept);
    std::string text(1 << 16, '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_log_line_is_one_json_object)
{
    const auto text = error_output_of([] {
        log::start(log::level::info, log::format::json);
        log::debug("not this one");
        log::info("a line", {{"text", "a\nb\x1b[31m\xff"},
                             {"long", std::string(100'000, 'x')},
                             {"number", 7u},
                             {"share", 0.25},
                             {"none", std::numeric_limits<double>::quiet_NaN()},
                             {"yes", true}});
    });
    BOOST_TEST(text.find('\n') == text.size() - 1);
    const auto line = boost::json::parse(text).as_object();
    BOOST_TEST(line.at("level").as_string() == "info");
    BOOST_TEST(line.at("message").as_string() == "a line");
    BOOST_TEST(line.at("text").as_string() == "a\nb\x1b[31m\xef\xbf\xbd");
    BOOST_TEST(line.at("long").as_string().size() == 4096u);
    BOOST_TEST(line.at("number").as_int64() == 7);
    BOOST_TEST(line.at("share").as_double() == 0.25);
    BOOST_TEST(line.at("none").is_null());
    BOOST_TEST(line.at("yes").as_bool());
    BOOST_TEST(line.at("time").as_string().size() == 24u);
}

BOOST_AUTO_TEST_CASE(a_text_line_stays_one_line)
{
    const auto text = error_output_of([] {
        log::start(log::level::warning, log::format::text);
        log::info("not this one");
        log::warning("careful", {{"id", "x\r\ny"}});
    });
    log::start(log::level::off, log::format::json);
    BOOST_TEST(text.substr(24) == " warning careful id=\"x\\u000d\\ny\"\n");
}

BOOST_AUTO_TEST_CASE(a_number_is_all_of_the_text)
{
    BOOST_TEST((parse_number("0") == 0u));
    BOOST_TEST((parse_number<int>("-7") == -7));
    BOOST_TEST((parse_number<std::uint16_t>("65535") == 65535));
    for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "99999999999999999999", "-1", "one"})
        BOOST_TEST_CONTEXT(text)
    BOOST_TEST(!parse_number(text));
    BOOST_TEST(!parse_number<std::uint16_t>("65536"));
}

BOOST_AUTO_TEST_SUITE_END()
