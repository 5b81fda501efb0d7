// Who is at the other end of a connection, as far as limits are concerned.
#pragma once

#include "http/request.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vn {

// An IPv4 address; of IPv6 the first 64 bits, since whoever has one address has the others of that network too.
struct client_address
{
    std::uint64_t bits = 0;
    bool is_v6 = false;

    auto operator<=>(const client_address&) const = default;
};

// 10.0.0.1, 10.0.0.0/8, ::1 or fd00::/8.
bool is_network(std::string_view text);

class client_addresses
{
    std::vector<std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>> proxies_;

public:
    // Networks of proxies; what X-Forwarded-For says is believed as far as they say it.
    explicit client_addresses(const std::vector<std::string>& proxies);

    // Nothing for programs of this machine: they are its operator's, or a proxy that nobody told us of.
    std::optional<client_address> of(const http::request& r) const;

private:
    bool is_proxy(const boost::asio::ip::address& a) const;
};

} // namespace vn
