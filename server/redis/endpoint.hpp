// Where a Redis is, read from a URL.
#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vn::redis {

struct endpoint
{
    struct address
    {
        std::string host;
        std::string port;
    };

    std::string unix_socket;
    bool tls = false;
    std::vector<address> servers; // one, or the sentinels
    std::string sentinel_master;  // empty without sentinels
    std::string user;
    std::string password;
    int database = 0;

    // Without password: for logs and errors.
    std::string shown() const;
};

// redis://[user:password@]host[:port][/db], rediss://..., unix:///path[?db=N][&user=..&password=..],
// redis+sentinel://[user:password@]h1[:port],h2/<master>[/<db>]. The failure's message says what is wrong and never
// contains the password.
result<endpoint, failure> parse_endpoint(std::string_view url);

} // namespace vn::redis
