// What can be set about the HTTP listener and its sessions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace vn::http {

struct settings
{
    std::string address = "127.0.0.1";
    // 0: any free port; the one taken is logged.
    std::uint16_t port = 8080;

    std::size_t max_connections = 4096;
    std::size_t header_bytes = 32 * 1024;
    std::size_t header_fields = 100;
    std::size_t target_bytes = 8 * 1024;

    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{60'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds write_timeout{30'000};
};

} // namespace vn::http
