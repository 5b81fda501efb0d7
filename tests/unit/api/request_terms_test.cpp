#include "api/pages.hpp"
#include "api/request_terms.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

http::request with_headers(std::initializer_list<std::pair<const char*, const char*>> headers)
{
    http::request r;
    for (const auto& [name, value] : headers)
        r.headers.add(name, value);
    return r;
}

// Milliseconds; 0: there is none; -1: refused.
long long deadline(const http::request& r)
{
    const auto d = read_deadline(r, std::chrono::seconds(3600));
    if (!d)
    {
        BOOST_TEST(d.error().code == "bad-deadline");
        return -1;
    }
    return *d ? (*d)->count() : 0;
}

std::string priority(const http::request& r)
{
    const auto p = read_priority(r);
    return p ? std::string(*p) : p.error().code;
}

// limit and cursor, or the code
std::string page(std::initializer_list<std::pair<const char*, const char*>> query)
{
    http::request r;
    for (const auto& [name, value] : query)
        r.query.add(name, value);
    const auto q = read_page_query(r);
    return q ? std::to_string(q->limit) + " " + q->cursor : q.error().code;
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_terms)

BOOST_AUTO_TEST_CASE(deadlines_are_seconds)
{
    BOOST_TEST(deadline({}) == 0);
    const struct
    {
        const char* text;
        long long expected;
    } cases[] = {
        {"12", 12'000}, {"0.5", 500}, {"3600", 3'600'000}, {"1.125", 1'125}, {"0.001", 1},
        {"0", -1},      {"0.0", -1},  {"3600.001", -1},    {"-1", -1},       {"1e3", -1},
        {"", -1},       {"1.", -1},   {".5", -1},          {"1.2345", -1},   {"99999999999999999999", -1},
        {"0x10", -1},   {"1 2", -1},  {"now", -1},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.text)
        {
            BOOST_TEST(deadline(with_headers({{"vn-deadline", c.text}})) == c.expected);
        }
    BOOST_TEST(deadline(with_headers({{"vn-deadline", "1"}, {"vn-deadline", "1"}})) == -1);
}

BOOST_AUTO_TEST_CASE(priorities_have_names)
{
    BOOST_TEST(priority({}) == "normal");
    BOOST_TEST(priority(with_headers({{"vn-priority", "high"}})) == "high");
    BOOST_TEST(priority(with_headers({{"vn-priority", "LOW"}})) == "low");
    BOOST_TEST(priority(with_headers({{"vn-priority", "highest"}})) == "bad-priority");
    BOOST_TEST(priority(with_headers({{"vn-priority", "low"}, {"vn-priority", "low"}})) == "bad-priority");
}

BOOST_AUTO_TEST_CASE(pages_are_bounded)
{
    BOOST_TEST(page({}) == "50 ");
    BOOST_TEST(page({{"limit", "1"}, {"cursor", "1700000000000-0"}}) == "1 1700000000000-0");
    for (const char* bad : {"0", "-1", "all", "", "1000000", "1.5"})
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(page({{"limit", bad}}) == "bad-limit");
        }
    BOOST_TEST(page({{"limit", "1"}, {"limit", "2"}}) == "bad-limit");
    for (const char* bad : {"", "x", "+", "-", "1-1 2"})
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(page({{"cursor", bad}}) == "bad-cursor");
        }
}

BOOST_AUTO_TEST_SUITE_END()
