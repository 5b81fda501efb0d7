#include "api/dead.hpp"

#include "api/control.hpp"
#include "api/pages.hpp"
#include "api/problem.hpp"
#include "core/ids.hpp"
#include "core/json_text.hpp"
#include "core/number_text.hpp"
#include "redis/keys.hpp"

#include <set>

namespace vn {

namespace {

bool is_stream(std::string_view name)
{
    return name == "task" || name == "request";
}

struct place
{
    std::string stream;
    std::string entry;
};

// What the path names, if such an entry can exist.
std::optional<place> place_of(const http::request& r)
{
    place p{std::string(r.path_parameters.get("stream")), std::string(r.path_parameters.get("entry"))};
    if (!is_stream(p.stream) || !is_entry_id(p.entry))
        return std::nullopt;
    return p;
}

http::reply unknown()
{
    return refusal_of({.word = "gone"}, {});
}

bool is_of_parking(std::string_view name)
{
    return name == "reason" || name == "deliveries" || name == "at" || name == "node";
}

// The fields of an entry are followed by those of its parking, which have the last word.
void append(std::string& json, std::string_view stream, const kept_entry& e)
{
    std::string_view reason, deliveries, at, node;
    std::string fields;
    std::set<std::string_view> told;
    for (const auto& [name, value] : e.fields)
    {
        auto& parking = name == "reason" ? reason : name == "deliveries" ? deliveries : name == "at" ? at : node;
        if (is_of_parking(name))
            parking = value;
        else if (told.insert(name).second)
            fields.append(fields.empty() ? "" : ",").append(json_string(name)).append(":").append(json_string(value));
    }
    const auto id = e["requestId"];
    json += R"({"stream":)" + json_string(stream) + R"(,"entry":)" + json_string(e.id) + R"(,"reason":)" +
            json_string(reason) + R"(,"deliveries":)" + std::to_string(parse_number<unsigned>(deliveries).value_or(0)) +
            R"(,"at":)" + json_string(at) + R"(,"node":)" + json_string(node) + R"(,"requestId":)" +
            (is_uuid(id) ? json_string(id) : "null") + R"(,"cut":)" + (e.cut ? "true" : "false") + R"(,"fields":{)" +
            fields + "}}";
}

} // namespace

void dead_api::add_routes(http::router& routes)
{
    routes.add("GET", "/dead", [this](http::request& r) { return list(r); });
    routes.add("GET", "/dead/{stream}/{entry}", [this](http::request& r) { return show(r); });
    routes.add("DELETE", "/dead/{stream}/{entry}", [this](http::request& r) { return drop(r); });
    routes.add("POST", "/dead/{stream}/{entry}/requeue", [this](http::request& r) { return requeue(r); });
}

awaitable<http::reply> dead_api::list(http::request& r)
{
    const auto stream = r.query.find("stream").value_or("task");
    if (r.query.count("stream") > 1 || !is_stream(stream))
        co_return problem({.code = "bad-stream", .message = "stream has to be task or request."});
    const auto query = read_page_query(r);
    if (!query)
        co_return problem(query.error());
    const auto page = co_await pages_.page(redis::keys::dead(stream), query->cursor, query->limit);
    if (!page)
        co_return redis_away();
    std::string json =
        R"({"stream":)" + json_string(stream) + R"(,"length":)" + std::to_string(page->length) + R"(,"entries":[)";
    for (const auto& e : page->entries)
    {
        if (&e != &page->entries.front())
            json += ',';
        append(json, stream, e);
    }
    json += "],";
    append_next(json, *page);
    co_return http::json_reply(200, json + "}");
}

awaitable<http::reply> dead_api::show(http::request& r)
{
    const auto p = place_of(r);
    if (!p)
        co_return unknown();
    const auto page = co_await pages_.one(redis::keys::dead(p->stream), p->entry);
    if (!page)
        co_return redis_away();
    if (page->entries.empty())
        co_return unknown();
    std::string json;
    append(json, p->stream, page->entries.front());
    co_return http::json_reply(200, std::move(json));
}

awaitable<http::reply> dead_api::requeue(http::request& r)
{
    const auto p = place_of(r);
    if (!p)
        co_return unknown();
    const auto answer = p->stream == "task" ? co_await letters_.requeue_task(p->entry, caller_of(r))
                                            : co_await letters_.requeue_request(p->entry, caller_of(r));
    if (!answer)
        co_return not_done(answer.error());
    if (answer->word == "requeued")
        co_return accepted(answer->request, "requeued");
    co_return refusal_of(*answer, answer->request);
}

awaitable<http::reply> dead_api::drop(http::request& r)
{
    const auto p = place_of(r);
    if (!p)
        co_return unknown();
    const auto answer = co_await letters_.drop(p->stream, p->entry, caller_of(r));
    if (!answer)
        co_return not_done(answer.error());
    if (answer->word != "dropped")
        co_return unknown();
    co_return http::json_reply(200, R"({"stream":)" + json_string(p->stream) + R"(,"entry":)" + json_string(p->entry) +
                                        R"(,"status":"dropped"})");
}

} // namespace vn
