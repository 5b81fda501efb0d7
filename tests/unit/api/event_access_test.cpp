#include "api/event_access.hpp"
#include "token_maker.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace vn;
using namespace vn::test;
using by = event_transport;

namespace {

class secret_file
{
    std::string path_ = "/tmp/vn-secret-XXXXXX";

public:
    secret_file()
    {
        ::close(::mkstemp(path_.data()));
        std::ofstream(path_) << hs().secret();
    }
    ~secret_file() { ::unlink(path_.c_str()); }
    const std::string& path() const { return path_; }
};

std::string token_of(const std::string& user, long long seconds = 600)
{
    const auto end = std::chrono::system_clock::now().time_since_epoch() + std::chrono::seconds(seconds);
    return hs().token(R"({"alg":"HS256"})",
                      "{\"sub\":\"" + user + "\",\"exp\":" +
                          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(end).count()) + "}");
}

using pairs = std::initializer_list<std::pair<std::string, std::string>>;

http::request call(pairs query, pairs headers = {}, std::string peer = "127.0.0.1:5000")
{
    http::request r;
    r.method = "GET";
    r.peer = std::move(peer);
    r.headers.add("Host", "here");
    for (const auto& [name, value] : query)
        r.query.add(name, value);
    for (const auto& [name, value] : headers)
        r.headers.add(name, value);
    return r;
}

using admitted = std::variant<listener_identity, http::reply>;

// The user, with "?" if it has to be proved and "!" if it was not; or status and code.
std::string outcome(const admitted& a)
{
    if (const auto* who = std::get_if<listener_identity>(&a))
        return who->user + (who->needs_proof ? "?" : "") + (who->is_open ? "!" : "");
    const auto& r = std::get<http::reply>(a);
    const auto status = std::to_string(r.status) + " ";
    if (r.content_type != "application/json")
        return status + "text";
    return status + std::string(boost::json::parse(r.body).at("code").as_string());
}

struct access_fixture
{
    secret_file file;
    event_access_settings settings;
    std::string address = "127.0.0.1";

    event_access made(bool with_keys, open_listening open = open_listening::on_loopback)
    {
        settings.open = open;
        settings.keys.secret_file = with_keys ? file.path() : "";
        return event_access(settings, address);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(access_to_events, access_fixture)

BOOST_AUTO_TEST_CASE(who_names_a_user_is_believed_in_open_mode)
{
    auto open = made(false);
    BOOST_TEST(outcome(open.admit(call({{"username", "ann"}}), by::socket)) == "ann!");
    BOOST_TEST(outcome(open.admit(call({{"username", "ann"}}), by::stream)) == "ann!");
    BOOST_TEST(outcome(open.admit(call({}, {{"X-User-ID", "ann"}}), by::stream)) == "ann!");
    BOOST_TEST(outcome(open.admit(call({}), by::of_request)) == "!");
    BOOST_TEST(outcome(open.admit(call({}), by::poll)) == "!");
    BOOST_TEST(outcome(open.admit(call({}, {{"X-User-ID", "ann"}}), by::socket)) == "400 text");
    BOOST_TEST(outcome(open.admit(call({}), by::stream)) == "400 username-required");
    BOOST_TEST(outcome(open.admit(call({{"username", "a b"}}), by::socket)) == "400 bad-username");
    BOOST_TEST(outcome(open.admit(call({{"username", "ann"}}, {{"Origin", "https://evil"}}), by::socket)) ==
               "403 origin-not-allowed");
    // It has nothing to judge tokens with.
    BOOST_TEST(outcome(open.admit(call({{"username", "ann"}}, {{"Authorization", "Bearer x"}}), by::socket)) == "ann!");
}

BOOST_AUTO_TEST_CASE(when_it_is_open)
{
    const struct
    {
        const char* address;
        bool with_keys;
        open_listening open;
        const char* expected;
    } cases[] = {
        {"127.0.0.1", false, open_listening::on_loopback, "ann!"},
        {"::1", false, open_listening::on_loopback, "ann!"},
        {"0.0.0.0", false, open_listening::on_loopback, "401 not-authenticated"},
        {"192.168.1.2", false, open_listening::on_loopback, "401 not-authenticated"},
        {"127.0.0.1", true, open_listening::on_loopback, "401 not-authenticated"},
        {"127.0.0.1", false, open_listening::never, "401 not-authenticated"},
        {"127.0.0.1", true, open_listening::never, "401 not-authenticated"},
        {"0.0.0.0", false, open_listening::always, "ann!"},
        {"0.0.0.0", true, open_listening::always, "ann!"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.address << ' ' << c.with_keys << ' ' << static_cast<int>(c.open))
        {
            address = c.address;
            auto access = made(c.with_keys, c.open);
            BOOST_TEST(outcome(access.admit(call({{"username", "ann"}}), by::stream)) == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_token_says_who_it_is)
{
    auto access = made(true);
    const std::pair<std::string, std::string> header{"Authorization", "bearer " + token_of("ann")};
    for (const auto how : {by::socket, by::stream, by::of_request, by::poll})
    {
        BOOST_TEST(outcome(access.admit(call({}, {header}), how)) == "ann");
        BOOST_TEST(outcome(access.admit(call({{"username", "ann"}}, {header}), how)) == "ann");
        BOOST_TEST(outcome(access.admit(call({{"username", "bob"}}, {header}), how)) == "403 username-mismatch");
        BOOST_TEST(outcome(access.admit(call({}, {{"Authorization", "Bearer " + token_of("ann", -60)}}), how)) ==
                   "401 token-expired");
        BOOST_TEST(outcome(access.admit(call({}, {{"Authorization", "Bearer x"}}), how)) == "401 bad-token");
        BOOST_TEST(outcome(access.admit(call({}, {header, header}), how)) == "400 bad-request");
        // Not where everybody looks.
        BOOST_TEST(outcome(access.admit(call({{"token", token_of("ann")}}), how)) ==
                   (how == by::socket ? "?" : "401 not-authenticated"));
    }
    BOOST_TEST(outcome(access.admit(call({}, {header, {"X-User-ID", "bob"}}), by::stream)) == "403 username-mismatch");
    BOOST_TEST(outcome(access.admit(call({}, {{"Authorization", "Basic eDp5"}}), by::stream)) ==
               "401 not-authenticated");
    const auto given = access.admit(call({}, {header}), by::socket);
    BOOST_TEST(std::get<listener_identity>(given).expires.has_value());

    const auto refused = access.admit(call({}, {{"Authorization", "Bearer x"}}), by::socket);
    const auto& headers = std::get<http::reply>(refused).headers;
    BOOST_TEST(std::ranges::any_of(headers, [](const auto& h) {
        return h.first == "WWW-Authenticate" && h.second == "Bearer error=\"invalid_token\"";
    }));
}

BOOST_AUTO_TEST_CASE(a_token_beside_the_subprotocol)
{
    auto access = made(true);
    const auto with = [&](pairs headers) {
        const auto a = access.admit(call({}, headers), by::socket);
        const auto* who = std::get_if<listener_identity>(&a);
        return outcome(a) + " " + std::string(who ? who->subprotocol : "");
    };
    const auto token = "bearer." + token_of("ann");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", "vn.events.v1, " + token}}) == "ann vn.events.v1");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", token}, {"Sec-WebSocket-Protocol", "vn.events.v1"}}) ==
               "ann vn.events.v1");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", token}}) == "ann ");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", "vn.events.v1"}}) == "? vn.events.v1");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", token + "," + token}}) == "400 bad-request ");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", token}, {"Authorization", "Bearer " + token_of("ann")}}) ==
               "400 bad-request ");
    BOOST_TEST(with({{"Sec-WebSocket-Protocol", "bearer.x"}}) == "401 bad-token ");
    BOOST_TEST(outcome(access.admit(call({}, {{"Sec-WebSocket-Protocol", token}}), by::stream)) ==
               "401 not-authenticated");
}

BOOST_AUTO_TEST_CASE(a_token_in_the_first_message)
{
    settings.limits.per_user = 1;
    auto access = made(true);
    const auto asked_later = [&](pairs query, const std::string& token) {
        auto a = access.admit(call(query), by::socket);
        auto who = std::get<listener_identity>(a);
        const auto known = access.identify(token, who);
        return known ? outcome(who) : known.error().code + " " + outcome(who);
    };
    BOOST_TEST(asked_later({}, token_of("ann")) == "ann");
    BOOST_TEST(asked_later({{"username", "ann"}}, token_of("ann")) == "ann");
    BOOST_TEST(asked_later({{"username", "bob"}}, token_of("ann")) == "username-mismatch bob?");
    BOOST_TEST(asked_later({}, "") == "not-authenticated ?");
    BOOST_TEST(asked_later({}, "x") == "bad-token ?");
    BOOST_TEST(asked_later({}, token_of("ann", -60)) == "token-expired ?");
    const auto first = access.admit(call({}, {{"Authorization", "Bearer " + token_of("ann")}}), by::socket);
    BOOST_TEST(asked_later({}, token_of("ann")) == "too-many-listeners-of-user ?");
    BOOST_TEST(access.refused() == 1u);

    auto always = made(true, open_listening::always);
    BOOST_TEST(outcome(always.admit(call({}), by::socket)) == "?");
    auto named = std::get<listener_identity>(always.admit(call({{"username", "ann"}}), by::socket));
    BOOST_TEST(outcome(named) == "ann!");
    BOOST_TEST(always.identify("", named).has_value());
    BOOST_TEST(!always.identify(token_of("bob"), named).has_value());
    BOOST_TEST(always.identify(token_of("ann"), named).has_value());
    BOOST_TEST(outcome(named) == "ann");
}

BOOST_AUTO_TEST_CASE(there_are_not_too_many)
{
    settings.limits = {.total = 3, .per_address = 2, .per_user = 1};
    auto access = made(true);
    const std::pair<std::string, std::string> ann{"Authorization", "Bearer " + token_of("ann")};
    const std::string here = "9.9.9.9:5000";
    {
        const auto one = access.admit(call({}, {ann}, here), by::socket);
        BOOST_TEST(outcome(one) == "ann");
        BOOST_TEST(outcome(access.admit(call({}, {ann}, here), by::stream)) == "429 too-many-listeners-of-user");
        // Who has not said yet who it is counts, too.
        const auto two = access.admit(call({}, {}, here), by::socket);
        BOOST_TEST(outcome(access.admit(call({}, {}, here), by::socket)) == "429 too-many-listeners-of-address");
        const auto three = access.admit(call({}, {}), by::socket);
        BOOST_TEST(outcome(access.admit(call({}, {}), by::socket)) == "503 too-many-listeners");
        // What does not stay takes no place.
        BOOST_TEST(outcome(access.admit(call({}, {ann}, here), by::poll)) == "ann");
    }
    BOOST_TEST(outcome(access.admit(call({}, {ann}, here), by::socket)) == "ann");
    BOOST_TEST(access.refused() == 3u);
}

BOOST_AUTO_TEST_CASE(nobody_comes_too_often)
{
    settings.rate = {.per_second = 1, .burst = 3};
    auto access = made(false);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(outcome(access.admit(call({{"username", "ann"}}, {}, "9.9.9.9:5000"), by::socket)) == "ann!");
    const auto refused = access.admit(call({{"username", "ann"}}, {}, "9.9.9.9:5000"), by::socket);
    BOOST_TEST(outcome(refused) == "429 too-many-handshakes");
    BOOST_TEST(std::ranges::any_of(std::get<http::reply>(refused).headers,
                                   [](const auto& h) { return h.first == "Retry-After" && h.second == "1"; }));
    BOOST_TEST(outcome(access.admit(call({{"username", "ann"}}, {}, "9.9.9.8:5000"), by::socket)) == "ann!");
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(outcome(access.admit(call({{"username", "ann"}}), by::socket)) == "ann!");
}

BOOST_AUTO_TEST_CASE(keys_that_cannot_be_used_are_an_error)
{
    settings.keys.public_file = "/nowhere/keys.json";
    BOOST_CHECK_THROW(made(false), std::runtime_error);
    settings.keys.public_file = file.path();
    BOOST_CHECK_THROW(made(false), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
