// What Boost.Redis is told about one connection, and how the other side proves who it is.
#pragma once

#include "core/async.hpp"
#include "redis/endpoint.hpp"
#include "redis/settings.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/redis/config.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace vn::redis {

// The first line of the file. Code: bad-password-file.
result<std::string, failure> read_password_file(const std::string& path);

// Made anew for each connection: the password file is read again, so that a new password needs no restart. While it
// cannot be read, the password of where stands.
boost::redis::config make_config(const endpoint& where, const settings& s, const std::string& purpose,
                                 clock::duration longest);

// Who is at the other end of the next TLS connection. With Sentinel that is known only from what Boost.Redis logs; a
// line of another form leaves a name that no certificate has.
class tls_peer
{
    std::vector<std::string> hosts_; // those of the URL
    std::string master_;             // as the sentinels have named it; empty while they are asked

public:
    explicit tls_peer(const endpoint& where);

    void heed(std::string_view log_line);

    // Any of them will do.
    std::vector<std::string> names() const;
};

// The server has to prove that it is the host it is reached by. Throws boost::system::system_error for a bad file.
asio::ssl::context make_tls(const endpoint& where, const settings& s, std::shared_ptr<const tls_peer> peer);

// Why a connection ended: what Redis said while it was being made, else what the library says.
error_code why_it_ended(error_code ec, std::string_view last_trouble) noexcept;

} // namespace vn::redis
