#include "api/audit.hpp"

#include "api/pages.hpp"
#include "api/problem.hpp"
#include "core/json_text.hpp"
#include "redis/keys.hpp"

namespace vn {

namespace {

void append(std::string& json, const kept_entry& e)
{
    json += R"({"action":)" + json_string(e["action"]);
    // What it was done to; empty where it does not apply.
    for (const char* name : {"requestId", "stream", "entry"})
        json.append(",\"").append(name).append("\":").append(e[name].empty() ? "null" : json_string(e[name]));
    json += R"(,"by":)" + json_string(e["user"].empty() ? e["call"] : e["user"]);
    for (const char* name : {"call", "at", "node"})
        json.append(",\"").append(name).append("\":").append(json_string(e[name]));
    json += '}';
}

} // namespace

void audit_api::add_routes(http::router& routes)
{
    routes.add("GET", "/audit", [this](http::request& r) { return list(r); });
}

awaitable<http::reply> audit_api::list(http::request& r)
{
    const auto query = read_page_query(r);
    if (!query)
        co_return problem(query.error());
    const auto page = co_await pages_.page(redis::keys::audit, query->cursor, query->limit);
    if (!page)
        co_return redis_away();
    std::string json = R"({"entries":[)";
    for (const auto& e : page->entries)
    {
        if (&e != &page->entries.front())
            json += ',';
        append(json, e);
    }
    json += "],";
    append_next(json, *page);
    co_return http::json_reply(200, json + "}");
}

} // namespace vn
