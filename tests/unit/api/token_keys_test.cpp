#include "api/token_keys.hpp"
#include "token_maker.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;
using namespace vn::test;

namespace {

std::string set_of(std::initializer_list<std::string> keys)
{
    std::string out = R"({"keys":[)";
    for (const auto& key : keys)
        out += (out.back() == '[' ? "" : ",") + key;
    return out + "]}";
}

// How many keys there are, or why there are none.
std::string found(std::string_view text)
{
    token_keys keys;
    const auto added = keys.add_public(text);
    return added ? std::to_string(keys.size()) : added.error().reason;
}

bool accepts(const token_keys& keys, const signer& who, std::string_view algorithm,
             std::optional<std::string_view> id = std::nullopt)
{
    return keys.verify(algorithm, id, "text", who.signature("text"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(keys_of_tokens)

BOOST_AUTO_TEST_CASE(secrets)
{
    token_keys keys;
    BOOST_TEST(!keys.add_secret("").has_value());
    BOOST_TEST(!keys.add_secret(std::string(31, 'x')).has_value());
    BOOST_TEST(!keys.add_secret(std::string(31, 'x') + "\n").has_value());
    BOOST_TEST(keys.empty());
    for (const char* end : {"", "\n", "\r\n"})
    {
        token_keys one;
        BOOST_TEST(one.add_secret(hs().secret() + end).has_value());
        BOOST_TEST(accepts(one, hs(), "HS256"));
        BOOST_TEST(!accepts(one, signer::with_secret(hs().secret() + "x"), "HS256"));
    }
    // Anybody has these.
    BOOST_TEST(!keys.add_secret(rs().pem()).has_value());
    BOOST_TEST(!keys.add_secret("some words\n" + es().pem()).has_value());
    BOOST_TEST(!keys.add_secret(rs().der()).has_value());
    BOOST_TEST(!keys.add_secret(es().der()).has_value());
    // One key of 256 ends with the byte of a line end.
    auto der = es().der();
    for (int i = 0; i < 20'000 && !der.ends_with('\n'); ++i)
        der = signer::with_curve("P-256").der();
    BOOST_TEST_REQUIRE(der.ends_with('\n'));
    BOOST_TEST(!keys.add_secret(der).has_value());
    BOOST_TEST(!keys.add_secret(der + "\n").has_value());
}

BOOST_AUTO_TEST_CASE(pem)
{
    BOOST_TEST(found(rs().pem()) == "1");
    BOOST_TEST(found("of 2026:\n" + es().pem() + "\nof 2025:\n" + rs().pem()) == "2");
    const struct
    {
        std::string text;
        const char* part;
    } cases[] = {
        {"", "no PEM block"},
        {"nothing", "no PEM block"},
        {hs().secret(), "no PEM block"},
        {rs().pem(false), "private key"},
        {es().pem() + es().pem(false), "private key"},
        {rs().pem().substr(0, 200), "broken"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "broken"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "other than PUBLIC KEY"},
        {signer::with_rsa(1024).pem(), "2048"},
        {signer::with_curve("P-384").pem(), "P-256"},
        {signer::with_curve("secp256k1").pem(), "P-256"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.part)
        {
            BOOST_TEST(found(c.text).find(c.part) != std::string::npos, found(c.text));
        }
}

BOOST_AUTO_TEST_CASE(key_sets)
{
    const auto rsa = rs().jwk(R"(,"kid":"r","use":"sig","alg":"RS256")");
    BOOST_TEST(found(set_of({rsa, es().jwk(), hs().jwk(R"(,"key_ops":["sign","verify"])")})) == "3");
    // What is not meant for us is left out.
    BOOST_TEST(found(" \n" + set_of({rsa, es().jwk(R"(,"use":"enc")"), hs().jwk(R"(,"key_ops":["sign"])"),
                                     rs().jwk(R"(,"alg":"RS512")"), signer::with_curve("P-384").jwk(),
                                     R"({"kty":"OKP","crv":"Ed25519","x":"AA"})", R"({"kty":"new"})"})) == "1");
    const auto point_elsewhere = R"({"kty":"EC","crv":"P-256","x":")" + base64url(std::string(32, 'x')) + R"(","y":")" +
                                 base64url(std::string(32, 'y')) + "\"}";
    const struct
    {
        std::string text;
        const char* part;
    } cases[] = {
        {"{", "no JSON object"},
        {"{}", "no array"},
        {R"({"keys":{}})", "no array"},
        {R"({"keys":[]})", "no key of"},
        {set_of({es().jwk(R"(,"use":"enc")")}), "no key of"},
        {R"({"keys":[1]})", "key 0: it is no object"},
        {set_of({rsa, es().jwk(R"(,"kid":7)")}), "key 1: its kid"},
        {set_of({es().jwk(R"(,"kid":")" + std::string(257, 'x') + "\"")}), "key 0: its kid"},
        {set_of({signer::with_secret(std::string(31, 'x')).jwk()}), "key 0: a secret has to have 32 bytes"},
        {set_of({signer::with_rsa(1024).jwk()}), "key 0: an RSA key"},
        {set_of({R"({"kty":"RSA","n":"A+A=","e":"AQAB"})"}), "key 0: "},
        {set_of({R"({"kty":"oct"})"}), "key 0: a secret"},
        {set_of({R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"}), "key 0: the coordinates"},
        {set_of({point_elsewhere}), "key 0: the numbers"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.part)
        {
            BOOST_TEST(found(c.text).find(c.part) != std::string::npos, found(c.text));
        }
    std::string many = R"({"keys":[)";
    for (std::size_t i = 0; i <= token_keys::most; ++i)
        many += (i > 0 ? "," : "") + hs().jwk();
    BOOST_TEST(found(many + "]}").find("more than 64") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_header_of_a_token_chooses_by_id)
{
    const auto other = signer::with_secret("another secret of 32 bytes or so");
    token_keys keys;
    BOOST_TEST_REQUIRE(keys.add_public(set_of({rs().jwk(R"(,"kid":"r")"), es().jwk(R"(,"kid":"e")"),
                                               hs().jwk(R"(,"kid":"h")"), other.jwk(R"(,"kid":"o")")}))
                           .has_value());
    BOOST_TEST(accepts(keys, rs(), "RS256", "r"));
    BOOST_TEST(accepts(keys, es(), "ES256", "e"));
    BOOST_TEST(accepts(keys, hs(), "HS256", "h"));
    BOOST_TEST(accepts(keys, rs(), "RS256"));
    BOOST_TEST(accepts(keys, other, "HS256"));
    BOOST_TEST(!accepts(keys, rs(), "RS256", "e"));
    BOOST_TEST(!accepts(keys, hs(), "HS256", "o"));
    BOOST_TEST(!accepts(keys, rs(), "RS256", "unknown"));
    BOOST_TEST(!accepts(keys, rs(), "RS256", ""));
    // The key decides how it is used.
    BOOST_TEST(!accepts(keys, rs(), "HS256", "r"));
    BOOST_TEST(!accepts(keys, hs(), "RS256", "h"));
    BOOST_TEST(!accepts(keys, rs(), "rs256", "r"));
    BOOST_TEST(!accepts(keys, rs(), "none", "r"));
    BOOST_TEST(!keys.verify("none", std::nullopt, "text", ""));

    // One without an id may be meant by any that no other key has.
    const auto nameless = signer::with_curve("P-256");
    BOOST_TEST_REQUIRE(keys.add_public(nameless.pem()).has_value());
    BOOST_TEST(accepts(keys, nameless, "ES256", "unknown"));
    BOOST_TEST(!accepts(keys, nameless, "ES256", "e"));
}

BOOST_AUTO_TEST_CASE(signatures_are_of_one_form)
{
    token_keys keys;
    BOOST_TEST_REQUIRE(keys.add_public(set_of({rs().jwk(), es().jwk(), hs().jwk()})).has_value());
    const auto raw = es().signature("text");
    BOOST_TEST(keys.verify("ES256", std::nullopt, "text", raw));
    for (const auto& wrong : {es().signature("text", false), raw + '\0', raw.substr(1), std::string(64, '\0'),
                              std::string(64, '\xff'), std::string(), std::string(32, '\0') + raw.substr(32)})
        BOOST_TEST(!keys.verify("ES256", std::nullopt, "text", wrong));
    const auto mac = hs().signature("text");
    for (const auto& wrong : {mac + 'x', mac.substr(0, 31), mac.substr(0, 1), std::string()})
        BOOST_TEST(!keys.verify("HS256", std::nullopt, "text", wrong));
    const auto rsa = rs().signature("text");
    for (const auto& wrong : {rsa.substr(1), '\0' + rsa, std::string(256, '\0'), std::string()})
        BOOST_TEST(!keys.verify("RS256", std::nullopt, "text", wrong));
    BOOST_TEST(!keys.verify("RS256", std::nullopt, "Text", rsa));
}

BOOST_AUTO_TEST_SUITE_END()
