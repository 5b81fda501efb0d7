// GET /admin/stats: who listens to events on this node. I/O thread only.
#pragma once

#include "engine/event_hub.hpp"
#include "http/router.hpp"

namespace vn {

class event_stats_api
{
    const event_hub& hub_;

public:
    explicit event_stats_api(const event_hub& hub) : hub_(hub) {}

    void add_routes(http::router& routes);
    awaitable<http::reply> get() const;
};

} // namespace vn
