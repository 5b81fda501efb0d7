#include "http/origin.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::http;

namespace {

request asked(std::initializer_list<std::pair<const char*, const char*>> headers, const char* method = "GET")
{
    request r;
    r.method = method;
    for (const auto& [name, value] : headers)
        r.headers.add(name, value);
    return r;
}

std::string header(const reply& r, const std::string& name)
{
    std::string out;
    for (const auto& [known, value] : r.headers)
        if (known == name)
            out += (out.empty() ? "" : "!") + value;
    return out;
}

const std::vector<std::string> app{"https://app.example.com", "http://other:8080"};

} // namespace

BOOST_AUTO_TEST_SUITE(origins)

BOOST_AUTO_TEST_CASE(what_is_an_origin)
{
    for (const char* good : {"https://app.example.com", "http://localhost:3000", "http://[::1]:3000", "HTTP://A",
                             "chrome-extension://abcdef"})
        BOOST_TEST(is_origin(good), good);
    for (const char* bad : {"", "*", "null", "app.example.com", "https://", "https://a/", "https://a/b", "https://*.a",
                            "https://u@a", "://a", "https://a:", "https://:80", "https://a b", "https://a,https://b"})
        BOOST_TEST(!is_origin(bad), bad);
}

BOOST_AUTO_TEST_CASE(who_may_open_a_socket)
{
    const struct
    {
        const char* origin; // null: none
        const char* host;
        bool expected;
    } cases[] = {
        {nullptr, "here:8080", true},
        {"http://here:8080", "here:8080", true},
        {"http://HERE:8080", "here:8080", true},
        // A proxy may have taken the TLS away.
        {"https://here", "here", true},
        {"https://here", "here:443", true},
        {"http://here:80", "here", true},
        {"http://[::1]:8080", "[::1]:8080", true},
        {"https://app.example.com", "here", true},
        {"https://APP.example.com", "here", true},
        {"http://other:8080", "here", true},
        {"http://app.example.com", "here", false},
        {"https://app.example.com:8443", "here", false},
        {"https://app.example.com.evil", "here", false},
        {"https://evil", "here:8080", false},
        {"http://here:8081", "here:8080", false},
        {"http://here", "here:8080", false},
        {"https://here", "here:80", false},
        {"http://here.evil", "here", false},
        {"http://evil/here:8080", "here:8080", false},
        {"null", "here", false},
        {"null", "null", false},
        {"", "", false},
        {"http://", "", false},
        {"here:8080", "here:8080", false},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT((c.origin ? c.origin : "none") << " at " << c.host)
        {
            auto r = asked({{"Host", c.host}});
            if (c.origin)
                r.headers.add("origin", c.origin);
            BOOST_TEST(may_open_socket(r, app) == c.expected);
        }
    BOOST_TEST(!may_open_socket(asked({{"Host", "a"}, {"Origin", "http://a"}, {"Origin", "http://a"}}), app));
}

BOOST_AUTO_TEST_CASE(off_unless_somebody_is_allowed)
{
    auto out = empty_reply();
    allow_origins({}, asked({{"Origin", "https://app.example.com"}}), out);
    BOOST_TEST(out.headers.empty());
}

BOOST_AUTO_TEST_CASE(answers_for_pages)
{
    auto out = json_reply(200, "1");
    allow_origins(app, asked({{"Origin", "https://app.example.com"}}), out);
    BOOST_TEST(header(out, "Access-Control-Allow-Origin") == "https://app.example.com");
    BOOST_TEST(header(out, "Vary") == "Origin");
    BOOST_TEST(header(out, "Access-Control-Expose-Headers").find("Location, Retry-After") == 0u);
    BOOST_TEST(header(out, "Access-Control-Allow-Credentials") == "");

    for (const auto& r : {asked({}), asked({{"Origin", "https://evil"}}), asked({{"Origin", "null"}}),
                          asked({{"Origin", "https://app.example.com"}, {"Origin", "https://app.example.com"}})})
    {
        auto other = json_reply(200, "1");
        allow_origins(app, r, other);
        BOOST_TEST(other.headers.size() == 1u);
        BOOST_TEST(header(other, "Vary") == "Origin");
    }
    reply socket;
    socket.status = 101;
    allow_origins(app, asked({{"Origin", "https://app.example.com"}}), socket);
    BOOST_TEST(socket.headers.empty());
}

BOOST_AUTO_TEST_CASE(answers_in_advance)
{
    const auto told = [](request r, unsigned status = 204) {
        auto out = status == 204 ? empty_reply() : error_reply(status, "not-found", "");
        out.set("Allow", "POST, OPTIONS");
        allow_origins(app, r, out);
        return out;
    };
    const auto yes = told(asked({{"Origin", "http://other:8080"},
                                 {"Access-Control-Request-Method", "POST"},
                                 {"Access-Control-Request-Headers", "content-type,x-user-id"}},
                                "OPTIONS"));
    BOOST_TEST(header(yes, "Access-Control-Allow-Origin") == "http://other:8080");
    BOOST_TEST(header(yes, "Access-Control-Allow-Methods") == "POST, OPTIONS");
    BOOST_TEST(header(yes, "Access-Control-Allow-Headers") == "content-type,x-user-id");
    BOOST_TEST(header(yes, "Access-Control-Max-Age") == "600");
    BOOST_TEST(header(yes, "Access-Control-Expose-Headers") == "");

    const auto odd = told(asked({{"Origin", "http://other:8080"},
                                 {"Access-Control-Request-Method", "POST"},
                                 {"Access-Control-Request-Headers", "a;b"}},
                                "OPTIONS"));
    BOOST_TEST(header(odd, "Access-Control-Allow-Headers") == "");
    const auto nowhere =
        told(asked({{"Origin", "http://other:8080"}, {"Access-Control-Request-Method", "POST"}}, "OPTIONS"), 404);
    BOOST_TEST(header(nowhere, "Access-Control-Allow-Methods") == "");
    const auto stranger =
        told(asked({{"Origin", "https://evil"}, {"Access-Control-Request-Method", "POST"}}, "OPTIONS"));
    BOOST_TEST(header(stranger, "Access-Control-Allow-Origin") == "");
    BOOST_TEST(header(stranger, "Access-Control-Allow-Methods") == "");
    const auto plain = told(asked({{"Origin", "http://other:8080"}}, "OPTIONS"));
    BOOST_TEST(header(plain, "Access-Control-Expose-Headers") != "");
}

BOOST_AUTO_TEST_SUITE_END()
