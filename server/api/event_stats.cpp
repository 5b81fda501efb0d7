#include "api/event_stats.hpp"

#include <string>

namespace vn {

void event_stats_api::add_routes(http::router& routes)
{
    routes.add("GET", "/admin/stats", [this](http::request&) { return get(); });
}

awaitable<http::reply> event_stats_api::get() const
{
    const auto p = hub_.presence();
    const auto& c = p.counts;
    std::string json = "{";
    const auto add = [&](std::string_view name, std::uint64_t n) {
        json.append(json.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(std::to_string(n));
    };
    add("connections", p.listeners);
    add("users", p.users);
    add("queued", c.queued);
    add("queuedBytes", c.queued_bytes);
    add("received", c.received);
    add("delivered", c.delivered);
    add("dropped", c.dropped);
    add("tooSlow", c.too_slow);
    add("recovered", c.recovered);
    add("notRecovered", c.not_recovered);
    add("refused", access_.refused());
    co_return http::json_reply(200, json + R"(,"subscribed":)" + (hub_.trouble() ? "false" : "true") + "}");
}

} // namespace vn
