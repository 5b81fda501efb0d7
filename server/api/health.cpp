#include "api/health.hpp"

namespace vn {

namespace {

awaitable<http::reply> ok()
{
    co_return http::json_reply(200, R"({"status":"ok"})");
}

} // namespace

std::optional<std::string> health_api::not_ready() const
{
    for (const auto& c : checks_)
        if (auto reason = c.why_not())
            return c.name + ": " + *reason;
    return std::nullopt;
}

void health_api::add_routes(http::router& routes)
{
    // As clients of the reference service know it.
    routes.add("GET", "/health", [](http::request&) -> awaitable<http::reply> {
        co_return http::make_reply(200, "text/plain; charset=utf-8", "OK");
    });
    // Alive is who can answer: a Redis that is away is no reason to restart this process.
    for (const char* path : {"/healthz", "/livez"})
        routes.add("GET", path, [](http::request&) { return ok(); });
    routes.add("GET", "/readyz", [this](http::request&) -> awaitable<http::reply> {
        const auto reason = not_ready();
        if (!reason)
            return ok();
        return [](std::string why) -> awaitable<http::reply> {
            auto r = http::error_reply(503, "not-ready", "The server cannot take work now.", {{"reason", why}});
            r.set("Retry-After", "1");
            co_return r;
        }(*reason);
    });
}

} // namespace vn
