#include "redis/error.hpp"
#include "redis/reply.hpp"
#include "redis/stream_reader.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::redis;

BOOST_AUTO_TEST_SUITE(answers_of_redis)

BOOST_AUTO_TEST_CASE(the_first_word_of_an_error_tells_what_it_is)
{
    BOOST_TEST((classify("NOSCRIPT No matching script") == errc::noscript));
    BOOST_TEST((classify("OOM command not allowed") == errc::oom));
    BOOST_TEST((classify("READONLY You can't write") == errc::readonly));
    BOOST_TEST((classify("LOADING Redis is loading") == errc::loading));
    BOOST_TEST((classify("WRONGPASS invalid username-password pair") == errc::wrongpass));
    BOOST_TEST((classify("ERR The user executing the script can't run this command") == errc::noperm));
    BOOST_TEST((classify("ERR ACL failure in script: User a has no permissions to run 'hset'") == errc::noperm));
    BOOST_TEST((classify("ERR no such key") == errc::refused));
    BOOST_TEST((classify("") == errc::refused));
}

BOOST_AUTO_TEST_CASE(what_may_be_tried_again)
{
    for (const auto e : {errc::oom, errc::readonly, errc::loading, errc::busy, errc::misconf, errc::nogroup,
                         errc::noauth, errc::wrongpass, errc::noperm})
        BOOST_TEST(is_transient(make_error_code(e)), make_error_code(e).message());
    for (const auto e : {errc::refused, errc::wrongtype})
        BOOST_TEST(!is_transient(make_error_code(e)), make_error_code(e).message());
    BOOST_TEST(is_transient(make_error_code(vn::errc::timed_out)));
}

BOOST_AUTO_TEST_CASE(ids_of_entries_are_numbers)
{
    BOOST_TEST(id_less("9-1", "10-0"));
    BOOST_TEST(id_less("10-2", "10-10"));
    BOOST_TEST(!id_less("10-2", "10-2"));
    BOOST_TEST(!id_less("11-0", "10-5"));
}

BOOST_AUTO_TEST_CASE(a_value_that_is_not_there_is_null)
{
    const value none;
    BOOST_TEST(none.is_null());
    BOOST_TEST(none.text().empty());
    BOOST_TEST(none.number(7) == 7);
    BOOST_TEST(none.items().empty());
    BOOST_TEST(none["x"].is_null());
}

BOOST_AUTO_TEST_SUITE_END()
