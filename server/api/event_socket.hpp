// GET /ws: the events of a user over a WebSocket. I/O thread only.
#pragma once

#include "api/event_source.hpp"
#include "http/router.hpp"

#include <chrono>

namespace vn {

struct event_socket_settings
{
    // The longest message of a client: once it is known who listens, and before.
    std::size_t inbound_bytes = 512;
    std::size_t first_message_bytes = 8 * 1024;
    // For that first message, if one is needed.
    std::chrono::milliseconds first_message_wait{10'000};
};

class event_socket_api
{
    event_hub& hub_;
    event_access& access_;
    event_socket_settings settings_;

public:
    event_socket_api(event_hub& hub, event_access& access, event_socket_settings s)
        : hub_(hub), access_(access), settings_(s)
    {}

    void add_routes(http::router& routes);

    // With ?resume=message, and where the head did not prove who listens, nothing is sent before the first message: a
    // JSON object that may have epoch and offset, and token, which event_access::identify() judges.
    awaitable<http::reply> get(http::request& r);
};

} // namespace vn
