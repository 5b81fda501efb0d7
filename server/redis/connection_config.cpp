#include "redis/connection_config.hpp"

#include "redis/error.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>

#include <algorithm>
#include <fstream>

namespace vn::redis {

namespace {

constexpr std::string_view connecting = "Trying to connect to Redis server at ";
constexpr std::string_view resolving = "Trying to resolve the address of ";
constexpr std::string_view refused_at_once = "Setup request execution failed: ";

} // namespace

result<std::string, failure> read_password_file(const std::string& path)
{
    std::ifstream file(path);
    std::string secret;
    if (!file || !std::getline(file, secret))
        return failure{.code = "bad-password-file", .message = "the password file of Redis cannot be read: " + path};
    return secret;
}

boost::redis::config make_config(const endpoint& where, const settings& s, const std::string& purpose,
                                 clock::duration longest)
{
    boost::redis::config c;
    c.use_ssl = where.tls;
    c.unix_socket = where.unix_socket;
    if (!where.sentinel_master.empty())
    {
        for (const auto& a : where.servers)
            c.sentinel.addresses.push_back({a.host, a.port});
        c.sentinel.master_name = where.sentinel_master;
        c.sentinel.use_ssl = where.tls;
        c.sentinel.resolve_timeout = c.sentinel.connect_timeout = c.sentinel.ssl_handshake_timeout =
            c.sentinel.request_timeout = s.connect_timeout;
    }
    else if (!where.servers.empty())
        c.addr = {where.servers[0].host, where.servers[0].port};

    auto password = where.password;
    if (!s.password_file.empty())
        if (auto now = read_password_file(s.password_file))
            password = std::move(*now);
    c.use_setup = true;
    c.setup.clear();
    if (password.empty())
        c.setup.push("HELLO", "3");
    else
        c.setup.hello(where.user.empty() ? "default" : where.user, password);
    c.setup.push("CLIENT", "SETNAME", "vnserver-" + purpose);
    if (where.database != 0)
        c.setup.push("SELECT", where.database);

    c.resolve_timeout = c.connect_timeout = c.ssl_handshake_timeout = s.connect_timeout;
    // Zero: async_run ends with the connection, and connection::run() starts it again, so that it knows.
    c.reconnect_wait_interval = std::chrono::seconds::zero();
    // A connection that blocks answers no health check meanwhile.
    c.health_check_interval = longest + std::chrono::seconds(2);
    return c;
}

tls_peer::tls_peer(const endpoint& where)
{
    for (const auto& a : where.servers)
        hosts_.push_back(a.host);
}

void tls_peer::heed(std::string_view line)
{
    if (line.starts_with(resolving))
        master_.clear();
    else if (line.starts_with(connecting))
    {
        // host:port (TLS enabled)
        const auto rest = line.substr(connecting.size());
        master_ = rest.substr(0, rest.rfind(':'));
    }
}

std::vector<std::string> tls_peer::names() const
{
    return master_.empty() ? hosts_ : std::vector{master_};
}

asio::ssl::context make_tls(const endpoint& where, const settings& s, std::shared_ptr<const tls_peer> peer)
{
    asio::ssl::context tls(asio::ssl::context::tls_client);
    if (!where.tls)
        return tls;
    if (s.tls_ca_file.empty())
        tls.set_default_verify_paths();
    else
        tls.load_verify_file(s.tls_ca_file);
    tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls.set_verify_mode(asio::ssl::verify_peer);
    tls.set_verify_callback([peer = std::move(peer)](bool verified, asio::ssl::verify_context& certificate) {
        const auto names = peer->names();
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            return asio::ssl::host_name_verification(name)(verified, certificate);
        });
    });
    return tls;
}

error_code why_it_ended(error_code ec, std::string_view last_trouble) noexcept
{
    if (!last_trouble.starts_with(refused_at_once))
        return ec;
    const auto said = classify(last_trouble.substr(refused_at_once.size()));
    return said == errc::refused ? ec : make_error_code(said);
}

} // namespace vn::redis
