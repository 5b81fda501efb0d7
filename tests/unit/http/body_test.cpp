// What is decided before a body is read, and while it is.
#include "http_fixture.hpp"

using namespace vn;
using namespace vn::test;

namespace {

std::string head(const std::string& lines)
{
    return "POST /echo HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
}
std::string chunked(const std::string& body)
{
    return head("Content-Type: text/xml\r\nTransfer-Encoding: chunked\r\n") + body;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(body, http_fixture)

BOOST_AUTO_TEST_CASE(errors_are_told_before_the_body_comes)
{
    const std::string type = "Content-Type: text/xml\r\n";
    const struct
    {
        const char* name;
        std::string request;
        unsigned status;
        const char *code, *header, *value;
    } cases[] = {
        {"too long", head(type + "Content-Length: 1001\r\n"), 413, "payload-too-large", "", ""},
        {"far too long", head(type + "Content-Length: 1000000000000\r\n"), 413, "payload-too-large", "", ""},
        {"no type", head("Content-Length: 5\r\n"), 415, "unsupported-media-type", "accept-post", "text/xml"},
        {"wrong type", head("Content-Type: a/b\r\nContent-Length: 5\r\n"), 415, "unsupported-media-type", "accept-post",
         "text/xml"},
        {"no type, chunked", head("Transfer-Encoding: chunked\r\n"), 415, "unsupported-media-type", "accept-post",
         "text/xml"},
        {"gzip", head(type + "Content-Encoding: gzip\r\nContent-Length: 5\r\n"), 415, "unsupported-content-encoding",
         "accept-encoding", "identity"},
        {"two codings", head(type + "Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n"),
         415, "unsupported-content-encoding", "accept-encoding", "identity"},
        {"unknown path", "POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", 404, "not-found", "", ""},
        {"wrong method", "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", 405, "method-not-allowed",
         "allow", "POST, OPTIONS"},
        {"body for a GET", "GET /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", 413, "payload-too-large", "",
         ""},
        {"expectation", head(type + "Content-Length: 5\r\nExpect: 200-ok\r\n"), 417, "expectation-failed", "", ""},
        {"continue and too long", head(type + "Content-Length: 1001\r\nExpect: 100-continue\r\n"), 413,
         "payload-too-large", "", ""},
        {"both lengths", head(type + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, "bad-request", "",
         ""},
        {"dots", "GET /%2e%2e/hello HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-target", "", ""},
    };
    serve([&]() -> awaitable<void> {
        for (const auto& each : cases)
        {
            auto c = co_await connected();
            const auto out = co_await c.ask(each.request);
            const bool closes = !std::string(each.name).starts_with("dots");
            BOOST_TEST_CONTEXT(each.name)
            {
                BOOST_TEST(out.status == each.status);
                BOOST_TEST(out.has("\"code\":\"" + std::string(each.code) + "\""));
                BOOST_TEST(out.header(each.header) == each.value);
                if (closes)
                    BOOST_TEST(out.header("connection") == "close");
            }
            if (closes)
            {
                const auto after = co_await c.rest();
                BOOST_TEST(after == "");
            }
        }
    });
    BOOST_TEST(handled == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_on_sending_still_sees_the_error)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const bool sent = co_await c.send(head("Content-Type: text/xml\r\nContent-Length: 20000000\r\n") +
                                          std::string(20'000'000, 'x'));
        BOOST_TEST(sent);
        c.end_sending();
        const auto out = co_await c.receive();
        BOOST_TEST(out.status == 413u);
        BOOST_TEST(out.has("\"maxBytes\":1000"));
        const auto after = co_await c.rest();
        BOOST_TEST(after == "");
    });
}

BOOST_AUTO_TEST_CASE(a_head_beyond_the_limits_is_told_so)
{
    std::string many;
    for (int i = 0; i < 10'000; ++i)
        many += "A: b\r\n";
    const struct
    {
        const char* name;
        std::string text;
        unsigned status;
    } cases[] = {
        {"10,000 fields", get("/hello", many), 431},
        {"101 fields", get("/hello", many.substr(0, 600)), 431},
        {"100 fields", get("/hello", many.substr(0, 594)), 200},
        {"10 MB", get("/hello", "A: " + std::string(10 << 20, 'a') + "\r\n"), 431},
        {"64 KB path", get("/" + std::string(64 << 10, 'a')), 414},
        {"8 KB path", get("/" + std::string((8 << 10) - 1, 'a')), 404},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"TLS", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
    };
    serve([&]() -> awaitable<void> {
        for (const auto& each : cases)
        {
            auto c = co_await connected();
            const auto out = co_await c.ask(each.text);
            BOOST_TEST_CONTEXT(each.name)
            BOOST_TEST(out.status == each.status);
            c.end_sending();
            const auto after = co_await c.rest();
            BOOST_TEST_CONTEXT(each.name)
            BOOST_TEST(after == "");
        }
    });
}

BOOST_AUTO_TEST_CASE(dropping_a_body_is_bounded_in_bytes)
{
    settings.linger_bytes = 100'000;
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        co_await c.send(head("Content-Type: text/xml\r\nContent-Length: 2000000000\r\n"));
        const std::string piece(100'000, 'x');
        bool taken = true;
        for (int i = 0; i < 1000 && taken; ++i)
            taken = co_await c.send(piece);
        BOOST_TEST(!taken);
        co_await until([&] { return server->connections() == 0; });
    });
}

BOOST_AUTO_TEST_CASE(dropping_a_body_is_bounded_in_time)
{
    settings.linger_timeout = std::chrono::milliseconds(30);
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto out = co_await c.ask(head("Content-Type: text/xml\r\nContent-Length: 2000000000\r\n"));
        BOOST_TEST(out.status == 413u);
        co_await until([&] { return server->connections() == 0; });
    });
}

BOOST_AUTO_TEST_CASE(the_limit_holds_on_both_sides)
{
    const std::string fits(1000, 'x');
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto whole = co_await c.ask(post("/echo", fits));
        BOOST_TEST(whole.body == fits);
        const auto chunks =
            co_await c.ask(chunked("1f4\r\n" + fits.substr(500) + "\r\n1F4\r\n" + fits.substr(500) + "\r\n0\r\n\r\n"));
        BOOST_TEST(chunks.body == fits);
        const auto over = co_await c.ask(chunked("3e8\r\n" + fits + "\r\n1\r\n"));
        BOOST_TEST(over.status == 413u);
        BOOST_TEST(over.header("connection") == "close");
        const auto at_once = co_await ask(chunked("3e9\r\n"));
        BOOST_TEST(at_once.status == 413u);
        const auto none = co_await ask("GET /hello HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n");
        BOOST_TEST(none.status == 413u);
        const auto empty =
            co_await ask("GET /hello HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        BOOST_TEST(empty.status == 200u);
        const auto without = co_await ask("POST /echo HTTP/1.1\r\nHost: h\r\n\r\n");
        BOOST_TEST(without.status == 200u);
        BOOST_TEST(without.body == "");
    });
}

BOOST_AUTO_TEST_CASE(chunks_are_read_strictly)
{
    using namespace std::string_literals;
    const struct
    {
        const char* name;
        std::string text;
        unsigned status;
    } cases[] = {
        {"plain", "3\r\nabc\r\n0\r\n\r\n", 200},
        {"leading zeros", "0003\r\nabc\r\n000\r\n\r\n", 200},
        {"extension", "3;a=b;c=\"d;e\"\r\nabc\r\n0;f\r\n\r\n", 200},
        {"trailer with a length", "3\r\nabc\r\n0\r\nContent-Length: 77\r\nTransfer-Encoding: x\r\n\r\n", 200},
        {"0x", "0x3\r\nabc\r\n0\r\n\r\n", 400},
        {"sign", "+3\r\nabc\r\n0\r\n\r\n", 400},
        {"minus", "-3\r\nabc\r\n0\r\n\r\n", 400},
        {"space before", " 3\r\nabc\r\n0\r\n\r\n", 400},
        {"no digits", ";a\r\nabc\r\n0\r\n\r\n", 400},
        {"empty size", "\r\nabc\r\n0\r\n\r\n", 400},
        {"not hex", "g\r\nabc\r\n0\r\n\r\n", 400},
        {"17 digits", "10000000000000003\r\nabc\r\n0\r\n\r\n", 400},
        {"20 digits", "ffffffffffffffffffff\r\nabc\r\n0\r\n\r\n", 400},
        {"16 digits", "ffffffffffffffff\r\nabc\r\n0\r\n\r\n", 413},
        {"longer than said", "3\r\nabcd\r\n0\r\n\r\n", 400},
        {"bare LF after the size", "3\nabc\r\n0\r\n\r\n", 400},
        {"bare LF after the data", "3\r\nabc\n0\r\n\r\n", 400},
        {"bare CR after the size", "3\rabc\r\n0\r\n\r\n", 400},
        {"NUL in an extension", "3;\0\r\nabc\r\n0\r\n\r\n"s, 400},
        {"bare LF in an extension", "3;a\n\r\nabc\r\n0\r\n\r\n", 400},
        {"huge extension", "3;" + std::string(9000, 'a') + "\r\nabc\r\n0\r\n\r\n", 400},
        {"endless extension", "3;" + std::string(70'000, 'a'), 400},
        {"bad trailer", "3\r\nabc\r\n0\r\nA : b\r\n\r\n", 400},
        {"endless trailer", "3\r\nabc\r\n0\r\nA: " + std::string(70'000, 'a'), 400},
    };
    serve([&]() -> awaitable<void> {
        for (const auto& each : cases)
        {
            auto c = co_await connected();
            const auto out = co_await c.ask(chunked(each.text));
            BOOST_TEST_CONTEXT(each.name)
            {
                BOOST_TEST(out.status == each.status);
                if (each.status == 200)
                    BOOST_TEST(out.body == "abc");
                else
                    BOOST_TEST(out.header("connection") == "close");
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(small_extensions_of_many_chunks_add_up)
{
    std::string text;
    for (int i = 0; i < 900; ++i)
        text += "1;aaaaaaaaaa\r\nx\r\n";
    serve([&]() -> awaitable<void> {
        const auto out = co_await ask(chunked(text + "0\r\n\r\n"));
        BOOST_TEST(out.status == 400u);
    });
}

BOOST_AUTO_TEST_CASE(continue_is_said_once_the_request_is_taken)
{
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        const auto ready =
            co_await c.ask(head("Content-Type: text/xml\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n"));
        BOOST_TEST(ready.status == 100u);
        BOOST_TEST(handled == 0);
        const auto out = co_await c.ask("abc");
        BOOST_TEST(out.status == 200u);
        BOOST_TEST(out.body == "abc");

        // Nobody waits for it: with the body there already, without a body, and in HTTP/1.0, which has none of it.
        const auto at_once = co_await c.ask(post("/echo", "abc", "Expect: 100-continue\r\n"));
        BOOST_TEST(at_once.status == 200u);
        const auto empty = co_await c.ask(get("/hello", "Expect: 100-continue\r\n"));
        BOOST_TEST(empty.status == 200u);
        const auto sent = co_await c.send(
            "POST /echo HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        BOOST_TEST(sent);
        const auto old = co_await c.ask("abc");
        BOOST_TEST(old.status == 200u);
    });
}

BOOST_AUTO_TEST_CASE(a_large_body_is_taken_and_given_back)
{
    routes.add("POST", "/large", {20'000'000, {}}, [](http::request& r) -> awaitable<http::reply> {
        co_return http::make_reply(200, "text/plain", std::move(r.body));
    });
    serve([&]() -> awaitable<void> {
        auto c = co_await connected();
        std::string large(10'485'760, ' ');
        for (std::size_t i = 0; i < large.size(); ++i)
            large[i] = static_cast<char>('a' + i * 7 % 26);
        const auto out = co_await c.ask(post("/large", large));
        BOOST_TEST(out.status == 200u);
        BOOST_TEST((out.body == large));
        const auto next = co_await c.ask(get("/hello"));
        BOOST_TEST(next.status == 200u);
    });
}

BOOST_AUTO_TEST_CASE(half_a_request_is_dropped)
{
    serve([&]() -> awaitable<void> {
        for (const auto& text :
             {std::string("GET /hel"), head("Content-Type: text/xml\r\nContent-Length: 3\r\n") + "ab"})
        {
            auto c = co_await connected();
            co_await c.send(text);
            c.end_sending();
            const auto after = co_await c.rest();
            BOOST_TEST(after == "");
        }
        co_await until([&] { return server->connections() == 0; });
    });
    BOOST_TEST(handled == 0);
    BOOST_TEST(seen.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
