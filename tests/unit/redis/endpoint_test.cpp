#include "redis/endpoint.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::redis;

BOOST_AUTO_TEST_SUITE(endpoint_of_a_url)

BOOST_AUTO_TEST_CASE(knows_every_form)
{
    const struct
    {
        const char *url, *shown;
        bool tls;
        const char *user, *password;
        int database;
    } cases[] = {
        {"redis://h", "redis://h:6379/0", false, "", "", 0},
        {"redis://h:7000/3", "redis://h:7000/3", false, "", "", 3},
        {"rediss://u:p%40ss@h:1/2", "rediss://h:1/2", true, "u", "p@ss", 2},
        {"redis://:secret@h", "redis://h:6379/0", false, "", "secret", 0},
        {"redis://[::1]:7/0", "redis://::1:7/0", false, "", "", 0},
        {"unix:///run/redis.sock", "unix:///run/redis.sock", false, "", "", 0},
        {"unix:///run/redis.sock?db=4&user=a&password=b", "unix:///run/redis.sock", false, "a", "b", 4},
        {"redis+sentinel://u:p@a,b:1,c/main/5", "redis+sentinel://a:26379,b:1,c:26379/main/5", false, "u", "p", 5},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.url)
        {
            const auto e = parse_endpoint(c.url);
            BOOST_TEST_REQUIRE(e.has_value());
            BOOST_TEST(e->shown() == c.shown);
            BOOST_TEST(e->tls == c.tls);
            BOOST_TEST(e->user == c.user);
            BOOST_TEST(e->password == c.password);
            BOOST_TEST(e->database == c.database);
        }
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_use_and_never_tells_the_password)
{
    for (const char* url : {"", "localhost", "http://h", "redis://", "redis://h:0", "redis://h:65536", "redis://h:x",
                            "redis://h/x", "redis://h/-1", "redis://a,b", "redis://[::1", "unix://", "unix://relative",
                            "unix:///s?color=red", "redis+sentinel://a,b", "redis://u:hidden@h:x"})
        BOOST_TEST_CONTEXT(url)
        {
            const auto e = parse_endpoint(url);
            BOOST_TEST_REQUIRE(e.has_error());
            BOOST_TEST(e.error().code == "bad-redis-url");
            BOOST_TEST(e.error().message.find("hidden") == std::string::npos);
        }
}

BOOST_AUTO_TEST_SUITE_END()
