#include "api/access_token.hpp"
#include "token_maker.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;
using namespace vn::test;
using namespace std::chrono_literals;

namespace {

constexpr long long now_s = 1'800'000'000;
const std::chrono::system_clock::time_point now{std::chrono::seconds(now_s)};
const std::string hs_header = R"({"alg":"HS256","typ":"JWT"})";

struct token_fixture
{
    token_keys keys;
    token_terms terms{.issuer = "https://issuer", .audience = "vn", .user_claim = "sub", .leeway = 30s};

    token_fixture()
    {
        BOOST_TEST_REQUIRE(
            keys.add_public(R"({"keys":[)" + hs().jwk() + "," + rs().jwk() + "," + es().jwk() + "]}").has_value());
    }

    // "user until", in seconds from now; or the code and the end of the message.
    std::string read(std::string_view token) const
    {
        const auto claims = read_token(token, keys, terms, now);
        if (claims)
            return claims->user + " " +
                   std::to_string(std::chrono::duration_cast<std::chrono::seconds>(claims->expires - now).count());
        BOOST_TEST(claims.error().message.size() <= 100u);
        const auto& message = claims.error().message;
        const auto colon = message.find(": ");
        return claims.error().code + (colon == message.npos ? "" : message.substr(colon));
    }
};

std::string with(const std::string& more)
{
    return R"({"sub":"ann","iss":"https://issuer","aud":"vn")" + more + "}";
}

std::string until(long long seconds)
{
    return ",\"exp\":" + std::to_string(now_s + seconds);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tokens, token_fixture)

BOOST_AUTO_TEST_CASE(each_algorithm)
{
    const auto claims = with(until(60));
    BOOST_TEST(read(hs().token(R"({"alg":"HS256"})", claims)) == "ann 90");
    BOOST_TEST(read(rs().token(R"({"alg":"RS256","typ":"at+jwt"})", claims)) == "ann 90");
    BOOST_TEST(read(es().token(R"({"alg":"ES256","typ":"application/at+jwt"})", claims)) == "ann 90");
}

BOOST_AUTO_TEST_CASE(headers)
{
    const auto claims = with(until(60));
    const struct
    {
        const char* header;
        const char* expected;
    } cases[] = {
        {R"({"alg":"none"})", "no key of this server has signed it"},
        {R"({"alg":"None"})", "no key of this server has signed it"},
        {R"({"alg":"RS256"})", "no key of this server has signed it"},
        {R"({"alg":"ES256"})", "no key of this server has signed it"},
        {R"({"alg":"HS512"})", "no key of this server has signed it"},
        {R"({"alg":"hs256"})", "no key of this server has signed it"},
        {R"({"alg":"HS256","kid":"unknown"})", ""},
        {R"({"alg":"HS256","typ":"JWT","jku":"https://evil","x5u":"https://evil"})", ""},
        {R"({"alg":"HS256","kid":7})", "its header is not right"},
        {R"({"alg":["HS256"]})", "its header is not right"},
        {R"({})", "its header is not right"},
        {R"({"alg":"HS256","crit":["exp"]})", "its header asks for more than is known here"},
        {R"({"alg":"HS256","typ":"logout+jwt"})", "it is not made for access"},
        {R"({"alg":"HS256","typ":1})", "it is not made for access"},
        {R"(["HS256"])", "it is no signed token"},
        {"HS256", "it is no signed token"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.header)
        {
            const std::string expected = *c.expected ? std::string("bad-token: ") + c.expected : "ann 90";
            BOOST_TEST(read(hs().token(c.header, claims)) == expected);
        }
}

// The public key of RSA, which anybody has, as if it were a secret.
BOOST_AUTO_TEST_CASE(a_public_key_is_no_secret)
{
    for (const auto& known : {rs().pem(), rs().der()})
        BOOST_TEST(read(signer::with_secret(known).token(hs_header, with(until(60)))) ==
                   "bad-token: no key of this server has signed it");
}

BOOST_AUTO_TEST_CASE(forms)
{
    const auto good = hs().token(hs_header, with(until(60)));
    BOOST_TEST(read(good) == "ann 90");
    const auto second = good.rfind('.');
    const auto unsigned_part = good.substr(0, second);
    const std::string none = "bad-token: it is no signed token";
    for (const auto& bad : {std::string(), std::string("."), std::string(".."), std::string("a.b"), unsigned_part,
                            unsigned_part + ".", good + ".", good + ".x", "." + good, good + "=", good + "\n",
                            " " + good, good.substr(0, good.size() - 1) + "+", "e30" + good.substr(0, 1),
                            base64url("{") + good.substr(good.find('.'))})
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(read(bad) == none);
        }
    // Another text under the same signature.
    const auto first = good.find('.');
    const auto other = good.substr(0, first + 1) + base64url(with(until(9999))) + good.substr(second);
    BOOST_TEST(read(other) == "bad-token: no key of this server has signed it");
    BOOST_TEST(read(hs().token(hs_header, "[]")) == "bad-token: it has no claims");
    BOOST_TEST(read(hs().token(hs_header, "no json")) == "bad-token: it has no claims");
    BOOST_TEST(read(hs().token(hs_header, with(until(60) + ",\"x\":\"" + std::string(longest_token, 'x') + "\""))) ==
               "bad-token: it is too long");
    BOOST_TEST(read(hs().token(hs_header, std::string(100, '[') + std::string(100, ']'))) ==
               "bad-token: it has no claims");
}

BOOST_AUTO_TEST_CASE(times)
{
    const struct
    {
        std::string more;
        const char* expected;
    } cases[] = {
        {until(1), "ann 31"},
        {until(-29), "ann 1"},
        {until(-30), "token-expired"},
        {until(-10'000), "token-expired"},
        {",\"exp\":0", "token-expired"},
        {",\"exp\":1800000060.5", "ann 90"},
        {"", "bad-token: it does not say when it expires"},
        {",\"exp\":\"1800000060\"", "bad-token: it does not say when it expires"},
        {",\"exp\":null", "bad-token: it does not say when it expires"},
        {",\"exp\":-1", "bad-token: it does not say when it expires"},
        // Not for ever: 2100.
        {",\"exp\":18446744073709551615", "ann 2302444830"},
        {",\"exp\":1e300", "ann 2302444830"},
        {until(60) + ",\"nbf\":" + std::to_string(now_s + 30), "ann 90"},
        {until(60) + ",\"nbf\":" + std::to_string(now_s + 31), "bad-token: it is not valid yet"},
        {until(60) + ",\"nbf\":\"now\"", "bad-token: it is not valid yet"},
        {until(60) + ",\"nbf\":1e300", "bad-token: it is not valid yet"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.more)
        {
            BOOST_TEST(read(hs().token(hs_header, with(c.more))) == c.expected);
        }
    terms.leeway = 0s;
    BOOST_TEST(read(hs().token(hs_header, with(until(0)))) == "token-expired");
    BOOST_TEST(read(hs().token(hs_header, with(until(1)))) == "ann 1");
}

BOOST_AUTO_TEST_CASE(issuer_and_audience)
{
    const auto judged = [&](const std::string& claims) {
        return read(hs().token(hs_header, "{\"sub\":\"ann\"" + until(60) + claims + "}"));
    };
    const std::string issuer = R"(,"iss":"https://issuer")";
    const std::string elsewhere = "bad-token: it is for another audience";
    const std::string stranger = "bad-token: it is from another issuer";
    BOOST_TEST(judged(issuer + R"(,"aud":["other","vn"])") == "ann 90");
    BOOST_TEST(judged(issuer + R"(,"aud":"other")") == elsewhere);
    BOOST_TEST(judged(issuer + R"(,"aud":[])") == elsewhere);
    BOOST_TEST(judged(issuer + R"(,"aud":{"vn":1})") == elsewhere);
    BOOST_TEST(judged(issuer) == elsewhere);
    BOOST_TEST(judged(R"(,"aud":"vn")") == stranger);
    BOOST_TEST(judged(R"(,"aud":"vn","iss":"https://issuer/")") == stranger);
    BOOST_TEST(judged(R"(,"aud":"vn","iss":["https://issuer"])") == stranger);
    terms.issuer.clear();
    BOOST_TEST(judged(R"(,"aud":"vn","iss":"anybody")") == "ann 90");
    terms.audience.clear();
    BOOST_TEST(judged("") == "ann 90");
    BOOST_TEST(judged(R"(,"aud":"")") == elsewhere);
    BOOST_TEST(judged(R"(,"aud":"vn")") == elsewhere);
}

BOOST_AUTO_TEST_CASE(users)
{
    const auto of = [&](const std::string& user) {
        return read(hs().token(hs_header, R"({"iss":"https://issuer","aud":"vn")" + until(60) + user + "}"));
    };
    const std::string nobody = "bad-token: it names no user";
    BOOST_TEST(of(R"(,"sub":"bob@example.com")") == "bob@example.com 90");
    for (const char* bad : {"", R"(,"sub":"")", R"(,"sub":"a:b")", R"(,"sub":"a b")", R"(,"sub":7)", R"(,"sub":"é")",
                            R"(,"sub":"a\u0000")", R"(,"user":"ann")"})
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(of(bad) == nobody);
        }
    BOOST_TEST(of(",\"sub\":\"" + std::string(129, 'x') + "\"") == nobody);
    terms.user_claim = "preferred_username";
    BOOST_TEST(of(R"(,"sub":"1234","preferred_username":"ann")") == "ann 90");
    BOOST_TEST(of(R"(,"sub":"1234")") == nobody);
}

BOOST_AUTO_TEST_SUITE_END()
