#include "api/client_address.hpp"
#include "api/event_limits.hpp"
#include "api/handshake_rate.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;
using namespace std::chrono_literals;

namespace {

client_address v4(std::uint64_t n)
{
    return {n, false};
}

std::string code(const result<std::shared_ptr<event_place>, failure>& r)
{
    return r ? "" : r.error().code;
}

// v4 or v6 with the bits in hexadecimal digits; "local".
std::string address_of(std::string peer, std::initializer_list<const char*> forwarded,
                       const std::vector<std::string>& proxies)
{
    http::request r;
    r.peer = std::move(peer);
    for (const char* each : forwarded)
        r.headers.add("X-Forwarded-For", each);
    const auto a = client_addresses(proxies).of(r);
    if (!a)
        return "local";
    char text[32];
    std::snprintf(text, sizeof text, "%s %llx", a->is_v6 ? "v6" : "v4", static_cast<unsigned long long>(a->bits));
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits_of_events)

BOOST_AUTO_TEST_CASE(places_are_counted_and_come_back)
{
    event_limits limits({.total = 4, .per_address = 2, .per_user = 1});
    auto a = limits.take(v4(1));
    auto b = limits.take(v4(1));
    BOOST_TEST(code(limits.take(v4(1))) == "too-many-listeners-of-address");
    auto c = limits.take(v4(2));
    auto local = limits.take(std::nullopt);
    BOOST_TEST_REQUIRE((a && b && c && local));
    BOOST_TEST(code(limits.take(v4(3))) == "too-many-listeners");
    BOOST_TEST(limits.total() == 4u);

    BOOST_TEST(limits.name(**a, "ann").has_value());
    const auto second = limits.name(**b, "ann");
    BOOST_TEST_REQUIRE(!second.has_value());
    BOOST_TEST(second.error().code == "too-many-listeners-of-user");
    BOOST_TEST(limits.name(**b, "bob").has_value());
    BOOST_TEST(limits.known() == 4u);

    a = limits.take(std::nullopt);
    BOOST_TEST(!a.has_value()); // the old one went with the assignment, after this was asked
    BOOST_TEST(limits.total() == 3u);
    BOOST_TEST(limits.name(**c, "ann").has_value());
    // A place changes its user.
    BOOST_TEST(limits.name(**c, "cat").has_value());
    BOOST_TEST(limits.name(**local, "ann").has_value());

    b = c = local = failure{};
    BOOST_TEST(limits.total() == 0u);
    BOOST_TEST(limits.known() == 0u);
}

BOOST_AUTO_TEST_CASE(zero_is_no_limit)
{
    event_limits limits({.total = 0, .per_address = 0, .per_user = 0});
    std::vector<std::shared_ptr<event_place>> places;
    for (int i = 0; i < 2'000; ++i)
    {
        auto place = limits.take(v4(1));
        BOOST_TEST_REQUIRE(place.has_value());
        BOOST_TEST_REQUIRE(limits.name(**place, "ann").has_value());
        places.push_back(*place);
    }
    BOOST_TEST(limits.total() == 2'000u);
}

BOOST_AUTO_TEST_CASE(a_bucket_fills_evenly)
{
    handshake_rate rate({.per_second = 10, .burst = 3});
    const auto start = clock::now();
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(rate.take(v4(1), start));
    BOOST_TEST(!rate.take(v4(1), start));
    BOOST_TEST(rate.take(v4(2), start));
    BOOST_TEST(!rate.take(v4(1), start + 50ms));
    BOOST_TEST(rate.take(v4(1), start + 101ms));
    BOOST_TEST(!rate.take(v4(1), start + 102ms));
    // After any silence no more than the burst.
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(rate.take(v4(1), start + 1h));
    BOOST_TEST(!rate.take(v4(1), start + 1h));
}

BOOST_AUTO_TEST_CASE(addresses_are_forgotten)
{
    handshake_rate rate({.per_second = 10, .burst = 10});
    const auto start = clock::now();
    for (std::uint64_t i = 0; i < handshake_rate::most + 500; ++i)
        BOOST_TEST_REQUIRE(rate.take(v4(i), start));
    BOOST_TEST(rate.known() == handshake_rate::most);
    BOOST_TEST(rate.take(v4(1), start + 999ms));
    BOOST_TEST(rate.known() == handshake_rate::most);
    // A second later all buckets are full again, but that one.
    BOOST_TEST(rate.take(v4(2), start + 1s));
    BOOST_TEST(rate.known() == 2u);
    handshake_rate none({.per_second = 0, .burst = 1});
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(none.take(v4(1), start));
    BOOST_TEST(none.known() == 0u);
}

BOOST_AUTO_TEST_CASE(addresses)
{
    const std::vector<std::string> none;
    const std::vector<std::string> proxies{"10.0.0.0/8", "127.0.0.1", "fd00::/8"};
    const struct
    {
        const char* peer;
        std::initializer_list<const char*> forwarded;
        const std::vector<std::string>& trusted;
        const char* expected;
    } cases[] = {
        {"192.168.1.2:5000", {}, none, "v4 c0a80102"},
        {"[2001:db8:1:2:3:4:5:6]:5000", {}, none, "v6 20010db800010002"},
        {"[2001:db8:1:2:ffff::]:5000", {}, none, "v6 20010db800010002"},
        {"[::ffff:192.168.1.2]:5000", {}, none, "v4 c0a80102"},
        {"127.0.0.1:5000", {}, none, "local"},
        {"[::1]:5000", {}, none, "local"},
        {"[::ffff:127.0.0.1]:5000", {}, none, "local"},
        {"unix", {}, none, "local"},
        {"unknown", {}, none, "local"},
        // Who is no proxy of ours says what it likes.
        {"192.168.1.2:5000", {"9.9.9.9"}, none, "v4 c0a80102"},
        {"192.168.1.2:5000", {"9.9.9.9"}, proxies, "v4 c0a80102"},
        {"10.0.0.1:5000", {"9.9.9.9"}, proxies, "v4 9090909"},
        {"127.0.0.1:5000", {"9.9.9.9"}, proxies, "v4 9090909"},
        {"[fd00::1]:5000", {"2001:db8::1"}, proxies, "v6 20010db800000000"},
        {"10.0.0.1:5000", {"1.1.1.1, 9.9.9.9"}, proxies, "v4 9090909"},
        {"10.0.0.1:5000", {"1.1.1.1, 9.9.9.9 ,10.0.0.7"}, proxies, "v4 9090909"},
        {"10.0.0.1:5000", {"1.1.1.1", "9.9.9.9", "10.0.0.7"}, proxies, "v4 9090909"},
        {"10.0.0.1:5000", {"9.9.9.9:1234"}, proxies, "v4 9090909"},
        {"10.0.0.1:5000", {"[2001:db8::1]:1234"}, proxies, "v6 20010db800000000"},
        {"10.0.0.1:5000", {"10.0.0.2"}, proxies, "v4 a000002"},
        {"10.0.0.1:5000", {"9.9.9.9, nonsense"}, proxies, "v4 a000001"},
        {"10.0.0.1:5000", {}, proxies, "v4 a000001"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.peer << " by " << (c.forwarded.size() > 0 ? *c.forwarded.begin() : "nobody"))
        {
            BOOST_TEST(address_of(c.peer, c.forwarded, c.trusted) == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(networks)
{
    for (const char* good : {"10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"})
        BOOST_TEST(is_network(good), good);
    for (const char* bad : {"", "proxy", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.1:80", "*"})
        BOOST_TEST(!is_network(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
