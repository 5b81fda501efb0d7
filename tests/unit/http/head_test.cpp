#include "http/head.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace vn::http;

namespace {

constexpr head_limits limits{400, 5, 100};

std::string head(std::string lines)
{
    return lines + "\r\n";
}

// As a session does it: 0 if all is well, else the status.
unsigned judge(const std::string& bytes, const head_limits& l = limits)
{
    head_scan scan;
    const auto seen = scan.advance(bytes, l);
    if (seen.refused)
        return seen.refused->status;
    BOOST_TEST_REQUIRE(seen.length == bytes.size());
    const auto refused = check_head(bytes, l);
    return refused ? refused->status : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(head_check)

BOOST_AUTO_TEST_CASE(heads_are_taken_or_refused)
{
    using namespace std::string_literals;
    const struct
    {
        const char* name;
        std::string lines;
        unsigned status;
    } cases[] = {
        {"plain", "GET / HTTP/1.1\r\nHost: a\r\n", 0},
        {"old without host", "GET / HTTP/1.0\r\n", 0},
        {"empty value, tabs and high bytes", "GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\t x\ty\xc3\xa4 \r\n", 0},
        {"length", "POST / HTTP/1.1\r\nHost: a:80\r\nContent-Length: 12\r\n", 0},
        {"chunked", "POST / HTTP/1.1\r\nHost: [::1]:80\r\ntransfer-encoding: Chunked\r\n", 0},
        {"absolute", "GET http://x/ HTTP/1.1\r\nHost: a\r\n", 0},
        {"length and chunked", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
         400},
        {"chunked and length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
         400},
        {"same length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n", 400},
        {"list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n", 400},
        {"signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n", 400},
        {"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n", 400},
        {"hex length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n", 400},
        {"empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n", 400},
        {"endless length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n", 413},
        {"coding twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
         400},
        {"gzip, chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", 501},
        {"chunked, gzip", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n", 400},
        {"identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n", 400},
        {"xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n", 400},
        {"quoted chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n", 400},
        {"empty coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n", 400},
        {"vertical tab coding",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
         "chunked\r\n",
         400},
        {"chunked in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", 400},
        {"folded", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n", 400},
        {"folded first", "GET / HTTP/1.1\r\n Host: a\r\n", 400},
        {"bare LF", "GET / HTTP/1.1\nHost: a\r\n", 400},
        {"bare LF in fields", "GET / HTTP/1.1\r\nHost: a\nB: c\r\n", 400},
        {"bare CR", "GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n", 400},
        {"two CR", "GET / HTTP/1.1\r\nHost: a\r\r\n", 400},
        {"space before colon", "GET / HTTP/1.1\r\nHost : a\r\n", 400},
        {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nAbc\r\n", 400},
        {"no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n", 400},
        {"name is no token", "GET / HTTP/1.1\r\nHost: a\r\nA(b): c\r\n", 400},
        {"name of high bytes", "GET / HTTP/1.1\r\nHost: a\r\n\xc3\xa4: c\r\n", 400},
        {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n"s, 400},
        {"NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nA\0: c\r\n"s, 400},
        {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n"s, 400},
        {"delete character", "GET / HTTP/1.1\r\nHost: a\r\nA: \x7f\r\n", 400},
        {"no host", "GET / HTTP/1.1\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400},
        {"two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400},
        {"empty host", "GET / HTTP/1.1\r\nHost:\r\n", 400},
        {"host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n", 400},
        {"host list", "GET / HTTP/1.1\r\nHost: a, b\r\n", 400},
        {"host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n", 400},
        {"two types", "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Type: text/plain\r\n", 400},
        {"no version", "GET /\r\nHost: a\r\n", 400},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n", 400},
        {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n", 400},
        {"tab between", "GET\t/ HTTP/1.1\r\nHost: a\r\n", 400},
        {"high bytes in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n", 400},
        {"method is no token", "G(T / HTTP/1.1\r\nHost: a\r\n", 400},
        {"lower case version", "GET / http/1.1\r\nHost: a\r\n", 400},
        {"long version", "GET / HTTP/1.11\r\nHost: a\r\n", 400},
        {"version 2", "PRI * HTTP/2.0\r\n", 505},
        {"version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n", 505},
        {"version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n", 505},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
    BOOST_TEST(judge(head(c.lines)) == c.status);
}

BOOST_AUTO_TEST_CASE(each_limit_holds_on_both_sides)
{
    const std::string host = "Host: a\r\n";
    const auto target = [&](std::size_t n) { return head("GET /" + std::string(n - 1, 'a') + " HTTP/1.1\r\n" + host); };
    BOOST_TEST(judge(target(100)) == 0u);
    BOOST_TEST(judge(target(101)) == 414u);
    BOOST_TEST(judge(target(300)) == 414u);

    const auto filled = [&](std::size_t n) {
        std::string text = "GET / HTTP/1.1\r\n" + host + "A: ";
        return head(text + std::string(n - text.size() - 4, 'a') + "\r\n");
    };
    BOOST_TEST(filled(400).size() == 400u);
    BOOST_TEST(judge(filled(400)) == 0u);
    BOOST_TEST(judge(filled(401)) == 431u);

    std::string many = "GET / HTTP/1.1\r\n" + host + "A: b\r\nA: b\r\nA: b\r\nA: b\r\n";
    BOOST_TEST(judge(head(many)) == 0u);
    BOOST_TEST(judge(head(many + "A: b\r\n")) == 431u);

    const head_limits wide{4000, 5, 100};
    BOOST_TEST(judge(head("GET / HTTP/1.1\r\n" + host + std::string(256, 'n') + ": v\r\n"), wide) == 0u);
    BOOST_TEST(judge(head("GET / HTTP/1.1\r\n" + host + std::string(257, 'n') + ": v\r\n"), wide) == 431u);
    BOOST_TEST(judge(head(std::string(32, 'M') + " / HTTP/1.1\r\n" + host), wide) == 0u);
    BOOST_TEST(judge(head(std::string(33, 'M') + " / HTTP/1.1\r\n" + host), wide) == 400u);
}

BOOST_AUTO_TEST_CASE(the_end_is_found_wherever_the_bytes_are_cut)
{
    const auto whole = head("GET / HTTP/1.1\r\nHost: a\r\n");
    const auto bytes = whole + "GET";
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    {
        head_scan scan;
        const auto first = scan.advance(std::string_view(bytes).substr(0, cut), limits);
        BOOST_TEST(!first.refused);
        BOOST_TEST(first.length == (cut >= whole.size() ? whole.size() : 0u));
        if (first.length == 0)
            BOOST_TEST(scan.advance(bytes, limits).length == whole.size());
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_become_right_is_refused_before_the_end)
{
    const std::string hello("\x16\x03\x01\x02\x00\x01", 6);
    BOOST_TEST(head_scan().advance(hello, limits).refused->status == 400u);
    BOOST_TEST(head_scan().advance("GET / HTTP/1.1\n", limits).refused->status == 400u);
    BOOST_TEST(head_scan().advance(std::string(200, 'a'), limits).refused->status == 414u);
    BOOST_TEST(head_scan().advance("GET / HTTP/1.1\r\n" + std::string(400, 'a'), limits).refused->status == 431u);
}

BOOST_AUTO_TEST_SUITE_END()
