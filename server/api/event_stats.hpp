// GET /admin/stats: who listens to events on this node. I/O thread only.
#pragma once

#include "api/event_access.hpp"
#include "engine/event_hub.hpp"
#include "http/router.hpp"

namespace vn {

class event_stats_api
{
    const event_hub& hub_;
    const event_access& access_;

public:
    event_stats_api(const event_hub& hub, const event_access& access) : hub_(hub), access_(access) {}

    void add_routes(http::router& routes);
    awaitable<http::reply> get() const;
};

} // namespace vn
