#include "redis/endpoint.hpp"

#include "core/number_text.hpp"

namespace vn::redis {

namespace {

failure bad(std::string message)
{
    return {.code = "bad-redis-url", .message = "REDIS_URL " + std::move(message)};
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// Percent-decoded; what is no escape stays as it is.
std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0)
        {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        else
            out += text[i];
    }
    return out;
}

// What is before the separator; text keeps what is after it. All of text if there is none.
std::string_view cut(std::string_view& text, char separator)
{
    const auto at = text.find(separator);
    const auto head = text.substr(0, at);
    text = at == text.npos ? std::string_view() : text.substr(at + 1);
    return head;
}

bool parse_database(std::string_view text, int& out)
{
    if (text.empty())
        return true;
    const auto n = parse_number<std::uint16_t>(text);
    out = n.value_or(0);
    return n.has_value();
}

bool is_port(std::string_view text)
{
    return parse_number<std::uint16_t>(text).value_or(0) > 0;
}

// host, host:port, [v6] or [v6]:port
bool parse_address(std::string_view text, const char* default_port, endpoint::address& out)
{
    std::string_view host = text;
    std::string_view port = default_port;
    if (text.starts_with('['))
    {
        const auto close = text.find(']');
        if (close == text.npos)
            return false;
        host = text.substr(1, close - 1);
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && rest[0] != ':')
            return false;
        if (!rest.empty())
            port = rest.substr(1);
    }
    else if (const auto colon = text.rfind(':'); colon != text.npos)
    {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    out = {std::string(host), std::string(port)};
    return !host.empty() && is_port(port);
}

result<endpoint, failure> parse_unix(std::string_view rest)
{
    endpoint e;
    auto path = cut(rest, '?');
    if (path.empty() || path[0] != '/')
        return bad("has no absolute socket path");
    e.unix_socket = decoded(path);
    while (!rest.empty())
    {
        auto value = cut(rest, '&');
        const auto name = cut(value, '=');
        if (name == "db" && parse_database(value, e.database))
            continue;
        if (name == "user")
            e.user = decoded(value);
        else if (name == "password")
            e.password = decoded(value);
        else
            return bad("has an unknown or bad parameter behind '?' (db, user, password)");
    }
    return e;
}

} // namespace

std::string endpoint::shown() const
{
    if (!unix_socket.empty())
        return "unix://" + unix_socket;
    std::string text = sentinel_master.empty() ? (tls ? "rediss://" : "redis://") : "redis+sentinel://";
    for (std::size_t i = 0; i < servers.size(); ++i)
        text += (i ? "," : "") + servers[i].host + ":" + servers[i].port;
    if (!sentinel_master.empty())
        text += "/" + sentinel_master;
    return text + "/" + std::to_string(database);
}

result<endpoint, failure> parse_endpoint(std::string_view url)
{
    const auto at = url.find("://");
    if (at == url.npos)
        return bad("has no scheme (redis://, rediss://, unix:// or redis+sentinel://)");
    const auto scheme = url.substr(0, at);
    auto rest = url.substr(at + 3);
    if (scheme == "unix")
        return parse_unix(rest);

    endpoint e;
    const bool sentinel = scheme == "redis+sentinel" || scheme == "rediss+sentinel";
    e.tls = scheme.starts_with("rediss");
    if (scheme != "redis" && scheme != "rediss" && !sentinel)
        return bad("has an unknown scheme (redis://, rediss://, unix:// or redis+sentinel://)");

    auto authority = cut(rest, '/');
    if (const auto sign = authority.rfind('@'); sign != authority.npos)
    {
        auto secret = authority.substr(0, sign);
        authority = authority.substr(sign + 1);
        e.user = decoded(cut(secret, ':'));
        e.password = decoded(secret);
    }
    do
    {
        endpoint::address a;
        if (!parse_address(cut(authority, ','), sentinel ? "26379" : "6379", a))
            return bad("has a bad host or port");
        e.servers.push_back(std::move(a));
    } while (!authority.empty());

    if (sentinel)
    {
        e.sentinel_master = decoded(cut(rest, '/'));
        if (e.sentinel_master.empty())
            return bad("names no master behind the sentinels");
    }
    else if (e.servers.size() > 1)
        return bad("names several servers (Redis Cluster is not supported; sentinels: redis+sentinel://)");
    if (!parse_database(rest, e.database))
        return bad("has a bad database number");
    return e;
}

} // namespace vn::redis
