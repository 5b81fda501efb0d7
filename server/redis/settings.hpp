// Where Redis is and how long it may take.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace vn::redis {

struct settings
{
    // redis://[user:password@]host[:port][/db], rediss://..., unix:///path[?db=N],
    // redis+sentinel://[user:password@]h1[:port],h2,h3/<master>[/<db>]
    std::string url;
    // Read for each connection if set; goes before a password in the url.
    std::string password_file;

    // Certificates that rediss:// trusts, PEM; empty: those of the system.
    std::string tls_ca_file;

    std::chrono::milliseconds command_timeout{5'000};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds reconnect_wait{500};
    // How long one blocking read waits for something new.
    std::chrono::milliseconds block{1'000};
    // Values above this travel on a connection of their own.
    std::size_t bulk_bytes = 64 * 1024;
};

} // namespace vn::redis
