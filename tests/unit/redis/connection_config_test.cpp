// What is read from the words of Boost.Redis: who the other side is, and why a connection could not be made.
#include "redis/connection_config.hpp"
#include "redis/error.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace vn;
using namespace vn::redis;

namespace {

using names = std::vector<std::string>;

endpoint at(std::string_view url)
{
    return *parse_endpoint(url);
}

} // namespace

BOOST_AUTO_TEST_SUITE(configuration_of_a_connection)

BOOST_AUTO_TEST_CASE(a_server_is_who_the_url_says)
{
    tls_peer peer(at("rediss://redis.example:6380"));
    BOOST_TEST((peer.names() == names{"redis.example"}));
    peer.heed("Trying to connect to Redis server at redis.example:6380 (TLS enabled)");
    BOOST_TEST((peer.names() == names{"redis.example"}));
}

BOOST_AUTO_TEST_CASE(a_master_is_who_the_sentinels_say)
{
    tls_peer peer(at("rediss+sentinel://s1,s2:5000/mymaster"));
    BOOST_TEST((peer.names() == names{"s1", "s2"}));
    peer.heed("Trying to resolve the address of master 'mymaster' using Sentinel");
    BOOST_TEST((peer.names() == names{"s1", "s2"}));
    peer.heed("Sentinel at s1:26379 resolved the server address to a.example:6380");
    peer.heed("Trying to connect to Redis server at a.example:6380 (TLS enabled)");
    BOOST_TEST((peer.names() == names{"a.example"}));
    peer.heed("Trying to resolve the address of master 'mymaster' using Sentinel");
    BOOST_TEST((peer.names() == names{"s1", "s2"}));
    peer.heed("Trying to connect to Redis server at ::1:6380 (TLS enabled)");
    BOOST_TEST((peer.names() == names{"::1"}));
}

BOOST_AUTO_TEST_CASE(a_refusal_at_the_beginning_is_the_reason)
{
    const error_code ended = boost::asio::error::eof;
    BOOST_TEST(why_it_ended(ended, "Setup request execution failed: WRONGPASS invalid username-password pair") ==
               make_error_code(redis::errc::wrongpass));
    BOOST_TEST(why_it_ended(ended, "Setup request execution failed: End of file [asio.misc:2]") == ended);
    BOOST_TEST(why_it_ended(ended, "Error reading data from the server") == ended);
    BOOST_TEST(why_it_ended(ended, "") == ended);
}

BOOST_AUTO_TEST_CASE(a_new_password_needs_no_restart)
{
    char path[] = "/tmp/vn-test-password-XXXXXX";
    const int file = ::mkstemp(path);
    BOOST_REQUIRE(file >= 0);
    ::close(file);
    settings s;
    s.password_file = path;
    const auto sent = [&] { return std::string(make_config(at("redis://:old@h"), s, "test", {}).setup.payload()); };
    for (const char* password : {"first", "second"})
    {
        std::ofstream(path) << password << "\n";
        BOOST_TEST(sent().find(password) != std::string::npos);
    }
    ::unlink(path);
    BOOST_TEST(sent().find("old") != std::string::npos);
    BOOST_TEST(!read_password_file(path).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
