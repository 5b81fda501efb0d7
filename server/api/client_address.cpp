#include "api/client_address.hpp"

#include <algorithm>

namespace vn {

namespace {

namespace ip = boost::asio::ip;
using network = std::variant<ip::network_v4, ip::network_v6>;

std::optional<ip::address> address_in(std::string_view text)
{
    boost::system::error_code ec;
    const auto a = ip::make_address(text, ec);
    if (ec)
        return std::nullopt;
    // As a listener for IPv6 shows those of IPv4.
    if (a.is_v6() && a.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, a.to_v6());
    return a;
}

// 10.0.0.1, 10.0.0.1:80, ::1 or [::1]:80.
std::optional<ip::address> address_of_endpoint(std::string_view text)
{
    if (text.starts_with('['))
        return address_in(text.substr(1, std::min(text.find(']'), text.size()) - 1));
    const auto colon = text.find(':');
    if (colon != text.npos && text.find(':', colon + 1) == text.npos)
        text = text.substr(0, colon);
    return address_in(text);
}

std::optional<network> network_in(std::string_view text)
{
    boost::system::error_code ec;
    if (const auto a = address_in(text))
    {
        if (a->is_v4())
            return ip::network_v4(a->to_v4(), 32);
        return ip::network_v6(a->to_v6(), 128);
    }
    if (const auto v4 = ip::make_network_v4(text, ec); !ec)
        return v4;
    if (const auto v6 = ip::make_network_v6(text, ec); !ec)
        return v6;
    return std::nullopt;
}

bool has(const network& n, const ip::address& a)
{
    if (const auto* v4 = std::get_if<ip::network_v4>(&n))
        return a.is_v4() && ip::network_v4(a.to_v4(), v4->prefix_length()).canonical() == v4->canonical();
    const auto& v6 = std::get<ip::network_v6>(n);
    return a.is_v6() && ip::network_v6(a.to_v6(), v6.prefix_length()).canonical() == v6.canonical();
}

client_address limited_as(const ip::address& a)
{
    if (a.is_v4())
        return {a.to_v4().to_uint(), false};
    std::uint64_t bits = 0;
    const auto bytes = a.to_v6().to_bytes();
    for (std::size_t i = 0; i < 8; ++i)
        bits = bits << 8 | bytes[i];
    return {bits, true};
}

} // namespace

bool is_network(std::string_view text)
{
    return network_in(text).has_value();
}

client_addresses::client_addresses(const std::vector<std::string>& proxies)
{
    for (const auto& text : proxies)
        if (auto n = network_in(text))
            proxies_.push_back(*n);
}

bool client_addresses::is_proxy(const ip::address& a) const
{
    return std::ranges::any_of(proxies_, [&](const network& n) { return has(n, a); });
}

std::optional<client_address> client_addresses::of(const http::request& r) const
{
    auto known = address_of_endpoint(r.peer);
    if (!known)
        return std::nullopt;
    // Each proxy adds at the end whom it was asked by; what stands before that anybody may have written.
    auto said = r.headers.list("x-forwarded-for");
    for (; is_proxy(*known) && !said.empty(); said.pop_back())
    {
        const auto before = address_of_endpoint(said.back());
        if (!before)
            break;
        known = before;
    }
    return known->is_loopback() ? std::nullopt : std::optional(limited_as(*known));
}

} // namespace vn
