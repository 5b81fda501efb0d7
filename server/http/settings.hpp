// What can be set about the HTTP listener and its sessions.
#pragma once

#include "http/push.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vn::http {

struct settings
{
    // IPv4, IPv6, host name or unix:/path.
    std::string address = "127.0.0.1";
    // 0: any free port; the one taken is logged.
    std::uint16_t port = 8080;

    std::size_t max_connections = 4096;
    // Request line and all fields.
    std::size_t header_bytes = 32 * 1024;
    std::size_t header_fields = 100;
    std::size_t target_bytes = 8 * 1024;

    // For the whole head, from its first byte.
    std::chrono::milliseconds header_timeout{10'000};
    // For the whole body.
    std::chrono::milliseconds body_timeout{60'000};
    // Between requests, and before the first.
    std::chrono::milliseconds idle_timeout{75'000};
    // For each 256 KB of an answer.
    std::chrono::milliseconds write_timeout{30'000};

    // What is still read and dropped after an answer that ends the connection, so that the client sees it.
    std::size_t linger_bytes = 64 * 1024 * 1024;
    std::chrono::milliseconds linger_timeout{5'000};

    // Whose pages may call, and read the answers (origin.hpp).
    std::vector<std::string> cors_origins;

    push_settings push;
};

} // namespace vn::http
