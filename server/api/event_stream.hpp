// Events as server-sent events and by polling: GET /events, GET /valuation/{id}/events, GET /api/v1/runs/{id}/events.
// I/O thread only.
#pragma once

#include "api/event_source.hpp"
#include "http/router.hpp"

#include <chrono>

namespace vn {

struct event_stream_settings
{
    // What a client that lost its connection is to wait before it comes back.
    std::chrono::milliseconds retry{3'000};
};

class event_stream_api
{
    event_hub& hub_;
    event_access& access_;
    event_stream_settings settings_;

public:
    event_stream_api(event_hub& hub, event_access& access, event_stream_settings s)
        : hub_(hub), access_(access), settings_(s)
    {}

    void add_routes(http::router& routes);

    awaitable<http::reply> of_user(http::request& r);
    // Ends after the last event of the request; 204 if the client has seen that one.
    awaitable<http::reply> of_request(http::request& r);
    awaitable<http::reply> poll(http::request& r);

private:
    struct asked
    {
        listener_identity who;
        std::string id;
        request_owner owner;
    };
    awaitable<std::variant<asked, http::reply>> find(const http::request& r, event_transport how);
};

} // namespace vn
