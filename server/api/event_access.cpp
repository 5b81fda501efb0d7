#include "api/event_access.hpp"

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

} // namespace

event_access::event_access(event_access_settings s, std::string_view address)
    : settings_(s),
      is_open_(s.open == open_listening::always || (s.open == open_listening::on_loopback && is_loopback(address)))
{}

std::variant<listener_identity, http::reply> event_access::admit(const http::request& r, event_transport how) const
{
    if (!is_open_)
        return http::error_reply(401, "not-authenticated", "Who listens has to prove who it is.");
    listener_identity who{.user = {}, .is_open = true, .expires = {}, .subprotocol = {}, .place = {}};
    if (how == event_transport::of_request)
        return who;
    who.user = r.query.get("username");
    if (who.user.empty() && how == event_transport::stream)
        who.user = r.headers.get("x-user-id");
    if (who.user.empty())
        return how == event_transport::socket
                   ? as_text(400, "username query parameter required")
                   : http::error_reply(400, "username-required", "The parameter username is required.");
    if (!is_user_name(who.user))
        return http::error_reply(400, "bad-username",
                                 "A user name has 1 to 128 visible ASCII characters and no colon.");
    return who;
}

result<listener_identity, failure> event_access::identify(std::string_view) const
{
    return failure{.code = "not-authenticated", .message = "this server takes no tokens"};
}

} // namespace vn
