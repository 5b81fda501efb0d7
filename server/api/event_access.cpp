#include "api/event_access.hpp"

#include "api/problem.hpp"
#include "http/origin.hpp"

#include <boost/asio/ip/address.hpp>

namespace vn {

namespace {

bool is_loopback(std::string_view address)
{
    if (address.starts_with("unix:"))
        return true;
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    boost::system::error_code not_an_address;
    const auto ip = boost::asio::ip::make_address(address, not_an_address);
    return !not_an_address && ip.is_loopback();
}

http::reply as_text(unsigned status, std::string message)
{
    auto out = http::make_reply(status, "text/plain; charset=utf-8", std::move(message) + "\n");
    out.set("X-Content-Type-Options", "nosniff");
    return out;
}

// What a call brings along. The token may be in one place only: with two, somebody else has put one of them there.
struct offered
{
    std::string_view token;
    std::string_view subprotocol;
    bool is_ambiguous = false;
};

offered offered_with(const http::request& r, event_transport how)
{
    constexpr std::string_view scheme = "bearer ";
    constexpr std::string_view prefix = "bearer.";
    offered out;
    const auto add = [&out](std::string_view token) {
        out.is_ambiguous = out.is_ambiguous || !out.token.empty();
        out.token = token;
    };
    for (std::size_t i = 0; i < r.headers.size(); ++i)
    {
        const auto [name, value] = r.headers.at(i);
        if (http::same_text(name, "authorization") && http::same_text(value.substr(0, scheme.size()), scheme))
            add(value.substr(scheme.size()));
    }
    // A page can set no header but this one.
    if (how == event_transport::socket)
        for (const auto one : r.headers.list("sec-websocket-protocol"))
        {
            if (one.starts_with(prefix))
                add(one.substr(prefix.size()));
            else if (one == event_subprotocol)
                out.subprotocol = event_subprotocol;
        }
    return out;
}

// Whose events the call wants, if it says so.
std::string_view named_in(const http::request& r, event_transport how)
{
    const auto name = r.query.get("username");
    return name.empty() && how == event_transport::stream ? r.headers.get("x-user-id") : name;
}

failure not_authenticated()
{
    return {.code = "not-authenticated", .message = "Who listens has to prove who it is."};
}

failure other_user()
{
    return {.code = "username-mismatch", .message = "The token is that of another user."};
}

} // namespace

event_access::event_access(event_access_settings s, std::string_view address)
    : settings_(std::move(s)), addresses_(settings_.proxies), limits_(settings_.limits), rate_(settings_.rate),
      keys_(settings_.keys),
      is_open_(settings_.open == open_listening::always ||
               (settings_.open == open_listening::on_loopback && is_loopback(address) && !keys_.is_in_use()))
{}

std::variant<listener_identity, http::reply> event_access::admit(const http::request& r, event_transport how)
{
    if (how == event_transport::socket && !http::may_open_socket(r, settings_.origins))
        return problem({.code = "origin-not-allowed", .message = "Pages of this origin may not listen here."});
    if (how == event_transport::poll)
        return recognize(r, how, nullptr);
    // Before anything that costs more.
    const auto address = addresses_.of(r);
    const bool comes_too_often = address && !rate_.take(*address, clock::now());
    auto place = comes_too_often ? failure{.code = "too-many-handshakes", .message = "This address comes too often."}
                                 : limits_.take(address);
    if (place)
        return recognize(r, how, std::move(*place));
    ++refused_;
    return problem(place.error());
}

std::variant<listener_identity, http::reply> event_access::by_name(const http::request& r, event_transport how) const
{
    listener_identity who;
    who.is_open = true;
    if (how == event_transport::of_request || how == event_transport::poll)
        return who;
    who.user = named_in(r, how);
    if (who.user.empty())
        return how == event_transport::socket
                   ? as_text(400, "username query parameter required")
                   : http::error_reply(400, "username-required", "The parameter username is required.");
    return who;
}

std::variant<listener_identity, http::reply> event_access::recognize(const http::request& r, event_transport how,
                                                                     std::shared_ptr<event_place> place)
{
    const auto given = offered_with(r, how);
    const auto named = named_in(r, how);
    const bool names_its_user = how == event_transport::socket || how == event_transport::stream;
    if (uses_tokens() && given.is_ambiguous)
        return http::error_reply(400, "bad-request", "The call has more than one token.");
    if (names_its_user && !named.empty() && !is_user_name(named))
        return http::error_reply(400, "bad-username",
                                 "A user name has 1 to 128 visible ASCII characters and no colon.");

    listener_identity who;
    const bool may_ask_later = how == event_transport::socket && uses_tokens();
    if (uses_tokens() && !given.token.empty())
    {
        who.user = named;
        who.place = std::move(place);
        if (auto known = identify(given.token, who); !known)
            return problem(known.error());
    }
    else if (is_open_ && !(may_ask_later && named.empty()))
    {
        auto known = by_name(r, how);
        if (std::holds_alternative<http::reply>(known))
            return known;
        who = std::move(std::get<listener_identity>(known));
        who.place = std::move(place);
    }
    else if (may_ask_later)
    {
        who.user = named;
        who.needs_proof = true;
        who.place = std::move(place);
    }
    else
        return problem(not_authenticated());
    who.subprotocol = given.subprotocol;
    return who;
}

result<void, failure> event_access::identify(std::string_view token, listener_identity& who)
{
    if (token.empty() || !uses_tokens())
    {
        if (who.needs_proof)
            return not_authenticated();
        return {};
    }
    auto claims = read_token(token, keys_.current(), settings_.tokens, std::chrono::system_clock::now());
    if (!claims)
        return claims.error();
    if (!who.user.empty() && who.user != claims->user)
        return other_user();
    if (who.place)
        if (auto counted = limits_.name(*who.place, claims->user); !counted)
        {
            ++refused_;
            return counted;
        }
    who.user = std::move(claims->user);
    who.expires = claims->expires;
    who.needs_proof = false;
    who.is_open = false;
    return {};
}

} // namespace vn
