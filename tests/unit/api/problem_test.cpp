#include "api/problem.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

std::string header(const http::reply& r, std::string_view name)
{
    for (const auto& [known, value] : r.headers)
        if (known == name)
            return value;
    return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(problems)

BOOST_AUTO_TEST_CASE(the_code_chooses_the_status)
{
    const struct
    {
        const char* code;
        unsigned status;
        const char* retry_after;
    } cases[] = {
        {"not-well-formed", 400, ""},    {"a-code-of-a-document", 400, ""}, {"request-not-found", 404, ""},
        {"request-cancelled", 409, ""},  {"result-expired", 410, ""},       {"idempotency-mismatch", 422, ""},
        {"redis-unavailable", 503, "2"}, {"backlog-full", 503, "5"},        {"submission-uncertain", 503, "2"},
    };
    for (const auto& c : cases)
    {
        BOOST_TEST_CONTEXT(c.code)
        {
            const auto r = problem({.code = c.code, .message = "why"});
            BOOST_TEST(r.status == c.status);
            BOOST_TEST(r.content_type == "application/json");
            BOOST_TEST(header(r, "Retry-After") == c.retry_after);
            BOOST_TEST(boost::json::parse(r.body).at("code").as_string() == c.code);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_known_is_told)
{
    const auto r =
        problem({.code = "not-well-formed", .message = "No.", .line = 3, .column = 7, .reason = "mismatched tag"},
                "11111111-2222-3333-4444-555555555555", "failed");
    const auto told = boost::json::parse(r.body).as_object();
    BOOST_TEST(told.at("message").as_string() == "No.");
    BOOST_TEST(told.at("requestId").as_string() == "11111111-2222-3333-4444-555555555555");
    BOOST_TEST(told.at("status").as_string() == "failed");
    BOOST_TEST(told.at("line").to_number<int>() == 3);
    BOOST_TEST(told.at("column").to_number<int>() == 7);
    BOOST_TEST(told.at("reason").as_string() == "mismatched tag");
}

BOOST_AUTO_TEST_CASE(internals_stay_inside)
{
    const auto r = problem({.code = "redis-unavailable", .message = "Later.", .reason = "10.0.0.7: refused"});
    BOOST_TEST(!boost::json::parse(r.body).as_object().contains("reason"));
    BOOST_TEST(!boost::json::parse(r.body).as_object().contains("requestId"));
    BOOST_TEST(redis_away().status == 503u);
}

BOOST_AUTO_TEST_SUITE_END()
