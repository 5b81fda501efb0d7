#include "ctl/answers.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::ctl;

BOOST_AUTO_TEST_SUITE(ctl_answers)

BOOST_AUTO_TEST_CASE(what_is_no_object_is_empty)
{
    for (const char* body : {"", "[]", "7", "{", "<html/>", "{\"a\":1} {"})
        BOOST_TEST_CONTEXT(body)
        {
            BOOST_TEST(parsed(body).empty());
        }
    const auto o = parsed(R"({"a":"text","n":7,"list":[1,2]})");
    BOOST_TEST(text(o, "a") == "text");
    BOOST_TEST(text(o, "n") == "7");
    BOOST_TEST(text(o, "list") == "[1,2]");
    BOOST_TEST(text(o, "other") == "");
}

BOOST_AUTO_TEST_CASE(an_id_leads_nowhere_else)
{
    BOOST_TEST(path_of("01a1-ff", "status") == "/valuation/01a1-ff/status");
    BOOST_TEST(path_of("01a1-ff", "") == "/valuation/01a1-ff");
    for (const char* bad : {"", "../admin", "a/b", "a?x=1", "a#b", "a b", "a%2fb"})
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(path_of(bad, "status") == "/valuation/unknown/status");
        }
}

BOOST_AUTO_TEST_CASE(only_what_may_pass_is_asked_again)
{
    const auto with_status = [](long status) {
        answer a;
        a.status = status;
        return a;
    };
    BOOST_TEST(may_pass(with_status(0)));
    BOOST_TEST(may_pass(with_status(503)));
    for (const long status : {200, 400, 404, 409, 410, 422, 500})
        BOOST_TEST_CONTEXT(status)
        {
            BOOST_TEST(!may_pass(with_status(status)));
        }
}

BOOST_AUTO_TEST_SUITE_END()
