#include "engine/sent_documents.hpp"

#include "redis/keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

std::string key(std::string_view id, std::size_t t)
{
    return redis::keys::task(id, 0, t, "xml");
}

} // namespace

BOOST_AUTO_TEST_SUITE(documents_sent_a_moment_ago)

BOOST_AUTO_TEST_CASE(are_given_once)
{
    sent_documents sent(100);
    sent.add(key("r", 1), "<a/>");
    BOOST_TEST(sent.take(key("r", 1)).value_or("") == "<a/>");
    BOOST_TEST(!sent.take(key("r", 1)));
    BOOST_TEST(sent.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(go_when_there_are_too_many_the_oldest_first)
{
    sent_documents sent(10);
    for (std::size_t t = 1; t <= 4; ++t)
        sent.add(key("r", t), "1234");
    BOOST_TEST(!sent.take(key("r", 1)));
    BOOST_TEST(!sent.take(key("r", 2)));
    BOOST_TEST(sent.take(key("r", 3)).has_value());
    BOOST_TEST(sent.take(key("r", 4)).has_value());
    sent.add(key("r", 5), "longer than ten");
    BOOST_TEST(!sent.take(key("r", 5)));
}

BOOST_AUTO_TEST_CASE(of_the_next_attempt_take_the_place_of_those_before)
{
    sent_documents sent(10);
    sent.add(key("r", 1), "12345");
    sent.add(key("r", 1), "678");
    BOOST_TEST(sent.bytes() == 3u);
    BOOST_TEST(sent.take(key("r", 1)).value_or("") == "678");
}

BOOST_AUTO_TEST_CASE(go_with_their_request)
{
    sent_documents sent(100);
    sent.add(key("r", 1), "a");
    sent.add(key("r", 12), "b");
    sent.add(key("s", 1), "c");
    sent.forget("r");
    BOOST_TEST(!sent.take(key("r", 1)));
    BOOST_TEST(!sent.take(key("r", 12)));
    BOOST_TEST(sent.take(key("s", 1)).has_value());
}

BOOST_AUTO_TEST_CASE(are_remembered_no_longer_than_they_are_there)
{
    sent_documents sent(1'000);
    for (std::size_t t = 1; t <= 100'000; ++t)
    {
        sent.add(key("r", t), "1");
        if (t % 2 == 0)
            BOOST_TEST_REQUIRE(sent.take(key("r", t)).has_value());
    }
    BOOST_TEST(sent.bytes() <= 1'000u);
}

BOOST_AUTO_TEST_CASE(are_none_where_nobody_takes_them)
{
    sent_documents sent(0);
    sent.add(key("r", 1), "a");
    BOOST_TEST(!sent.take(key("r", 1)));
}

BOOST_AUTO_TEST_SUITE_END()
