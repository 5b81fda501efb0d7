#include "api/valuation.hpp"

#include "api/control.hpp"
#include "api/problem.hpp"
#include "api/request_listing.hpp"
#include "api/request_terms.hpp"
#include "core/ids.hpp"
#include "core/json_text.hpp"
#include "core/number_text.hpp"
#include "domain/life_cycle.hpp"

#include <algorithm>
#include <optional>

namespace vn {

namespace {

// What the client asked for besides its document.
struct options
{
    bool wait = false;
    bool preference_applied = false;
    std::optional<std::chrono::seconds> limit; // Prefer: wait=N
    std::string idempotency_key;
};

failure bad(std::string code, std::string message)
{
    return {.code = std::move(code), .message = std::move(message)};
}

std::string_view trimmed(std::string_view t)
{
    while (!t.empty() && (t.front() == ' ' || t.front() == '\t'))
        t.remove_prefix(1);
    while (!t.empty() && (t.back() == ' ' || t.back() == '\t'))
        t.remove_suffix(1);
    return t;
}

// Prefer: wait=N, respond-async (RFC 7240); what is not understood is ignored.
void read_preferences(std::string_view header, options& o)
{
    bool async = false;
    while (!header.empty())
    {
        const auto comma = header.find(',');
        const auto one = http::lower_text(trimmed(header.substr(0, header.find_first_of(",;"))));
        header = comma == header.npos ? std::string_view() : header.substr(comma + 1);
        if (one == "respond-async")
            async = true;
        else if (one.starts_with("wait="))
        {
            const auto seconds = parse_number<unsigned>(std::string_view(one).substr(5));
            if (seconds && *seconds <= 86'400)
                o.limit = std::chrono::seconds(*seconds);
        }
    }
    // Together they mean: answer within the time, else 202; alone, respond-async means 202 at once.
    o.preference_applied = async || o.limit;
    if (o.limit)
        o.wait = true;
    else if (async)
        o.wait = false;
}

result<std::string, failure> read_idempotency_key(const http::request& r)
{
    if (r.headers.count("idempotency-key") == 0)
        return std::string();
    auto key = trimmed(r.headers.get("idempotency-key"));
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"')
        key = key.substr(1, key.size() - 2);
    const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127 && c != '"'; });
    if (r.headers.count("idempotency-key") > 1 || key.empty() || key.size() > 255 || !printable)
        return bad("bad-idempotency-key", "Idempotency-Key has to be 1 to 255 printable characters, given once.");
    return std::string(key);
}

result<options, failure> read_options(const http::request& r)
{
    options o;
    const auto sync = r.query.find("sync");
    if (r.query.count("sync") > 1 || (sync && !http::same_text(*sync, "y") && !http::same_text(*sync, "n")))
        return bad("bad-sync", "sync has to be Y or N.");
    o.wait = sync && http::same_text(*sync, "y");
    if (!sync)
        read_preferences(r.headers.get("prefer"), o);
    auto key = read_idempotency_key(r);
    if (!key)
        return key.error();
    o.idempotency_key = std::move(*key);
    return o;
}

// Headers that carry credentials are nobody's metadata (R38).
std::vector<std::pair<std::string, std::string>> metadata_of(const http::request& r)
{
    auto all = r.headers.starting_with("x-");
    std::erase_if(all, [](const auto& field) {
        return field.first == "x-api-key" || field.first.starts_with("x-auth-") || field.first.starts_with("x-amz-");
    });
    return all;
}

// The id in the path if it is one; compared letter by letter, as the keys are.
std::optional<std::string> id_of(const http::request& r)
{
    const auto id = r.path_parameters.get("id");
    return is_uuid(id) ? std::optional(std::string(id)) : std::nullopt;
}

http::reply unknown()
{
    return problem(bad("request-not-found", "There is no such request."));
}

} // namespace

valuation_api::valuation_api(asio::any_io_executor ex, submission& submissions, request_views& views, task_lists& tasks,
                             valuation_settings s)
    : ex_(std::move(ex)), submissions_(submissions), views_(views), tasks_(tasks), settings_(s)
{}

void valuation_api::add_routes(http::router& routes)
{
    routes.add("POST", "/valuation", {settings_.payload_max_bytes, {"application/xml", "text/xml", "+xml"}},
               [this](http::request& r) { return post(r); });
    routes.add("GET", "/valuation/{id}/status", [this](http::request& r) { return status(r); });
    routes.add("GET", "/valuation/{id}/results", [this](http::request& r) { return results(r); });
}

awaitable<http::reply> valuation_api::post(http::request& r)
{
    auto asked = read_options(r);
    if (!asked)
        co_return problem(asked.error());

    auto deadline = read_deadline(r, settings_.highest_deadline);
    if (!deadline)
        co_return problem(deadline.error());
    auto priority = read_priority(r);
    if (!priority)
        co_return problem(priority.error());

    new_request n{.id = new_id(),
                  .body = std::move(r.body),
                  .charset = r.charset,
                  .metadata = metadata_of(r),
                  .user = std::string(r.headers.get("x-user-id")),
                  .idempotency_key = asked->idempotency_key,
                  .priority = *priority,
                  .deadline = *deadline};
    const auto id = n.id;
    // Before the submission: an end that comes at once is seen too.
    lifecycle_feed::watch watch(submissions_.feed(), ex_, id);
    auto taken = co_await submissions_.add(std::move(n));
    if (!taken)
        co_return problem(taken.error(), taken.error().code == "submission-uncertain" ? id : std::string());

    http::reply out;
    if (!asked->wait)
        out = accepted(taken->id, "accepted");
    else
    {
        const clock::duration limit =
            asked->limit ? std::min<clock::duration>(*asked->limit, settings_.sync_wait) : settings_.sync_wait;
        if (taken->id == id)
            out = co_await answer(id, true, watch, limit);
        else
        {
            lifecycle_feed::watch first(submissions_.feed(), ex_, taken->id);
            first.news.raise(); // it may have ended long ago
            out = co_await answer(taken->id, false, first, limit);
        }
    }
    if (taken->replayed)
        out.set("Idempotent-Replayed", "true");
    if (asked->preference_applied)
        out.set("Preference-Applied",
                asked->limit ? "wait=" + std::to_string(asked->limit->count()) : std::string("respond-async"));
    co_return out;
}

awaitable<http::reply> valuation_api::answer(std::string id, bool is_new, lifecycle_feed::watch& watch,
                                             clock::duration limit)
{
    const bool ended = co_await submissions_.wait_for_end(watch, id, limit);
    if (!ended)
        co_return accepted(id, "pending");
    result<request_end> end = request_end();
    if (watch.response)
        end->response = std::move(watch.response);
    else
        end = co_await views_.end(id);
    if (!end)
        co_return accepted(id, "pending"); // it is safe in Redis, only we cannot read it now

    http::reply out;
    if (end->response)
        out = http::xml_reply(200, std::move(*end->response));
    else if (end->failure)
        out = http::error_reply(500, "processing-failed", "Processing failed",
                                {{"requestId", id}, {"detail", http::json_text{*end->failure}}});
    else if (end->status == "cancelled")
        out = problem(bad("request-cancelled", "The request was cancelled."), id);
    else if (end->status.empty() && is_new)
        co_return problem(bad("request-lost", "Redis took the request in and has lost it: submit it again."), id);
    else
        out = problem(bad("result-expired", "The result is gone."), id);
    out.set("Location", "/valuation/" + id + "/status");
    co_return out;
}

awaitable<http::reply> valuation_api::status(http::request& r)
{
    const auto id = id_of(r);
    if (!id)
        co_return unknown();
    auto view = co_await views_.status(*id);
    if (!view)
        co_return redis_away();
    if (!*view)
        co_return unknown();

    const auto& v = **view;
    const auto asked = read_task_query(r, v);
    if (!asked)
        co_return problem(asked.error());
    result<task_page> tasks = task_page();
    if (*asked)
        tasks = co_await tasks_.read(**asked);
    if (!tasks)
        co_return redis_away();
    std::string json = R"({"requestId":)" + json_string(v.id) + R"(,"status":)" + json_string(v.status) +
                       R"(,"currentGroup":)" + std::to_string(v.current_group) + R"(,"groupCount":)" +
                       std::to_string(v.group_count);
    append_time(json, "receivedAt", v.received_at);
    append_time(json, "startedAt", v.started_at);
    append_time(json, "completedAt", v.completed_at);
    json += R"(,"groups":[)";
    for (const auto& g : v.groups)
    {
        json.append(&g == &v.groups.front() ? "" : ",")
            .append(R"({"index":)" + std::to_string(g.index))
            .append(R"(,"name":)" + json_string(g.name))
            .append(R"(,"status":)" + json_string(g.status))
            .append(R"(,"expected":)" + std::to_string(g.expected))
            .append(R"(,"completed":)" + std::to_string(g.completed))
            .append(R"(,"failed":)" + std::to_string(g.failed));
        if (*asked && (*asked)->group == g.index)
            append_tasks(json, *tasks);
        json += '}';
    }
    std::size_t failed = 0;
    for (const auto& g : v.groups)
        failed += g.failed;
    co_return http::json_reply(200, json + R"(],"failedTasks":)" + std::to_string(failed) + "}");
}

awaitable<http::reply> valuation_api::results(http::request& r)
{
    const auto id = id_of(r);
    if (!id)
        co_return unknown();
    auto end = co_await views_.end(*id);
    if (!end)
        co_return redis_away();
    if (end->response)
        co_return http::xml_reply(200, std::move(*end->response));
    if (end->status.empty())
        co_return unknown();
    if (end->failure)
        co_return http::error_reply(422, "request-failed", "The request has failed.",
                                    {{"requestId", *id}, {"detail", http::json_text{*end->failure}}});
    if (end->status == "cancelled")
        co_return problem(bad("request-cancelled", "The request was cancelled."), *id);
    const auto status = request_status_of(end->status);
    if (status && is_final(*status))
        co_return problem(bad("result-expired", "The result is gone."), *id);
    co_return http::error_reply(404, "result-not-available", "Result not yet available",
                                {{"requestId", *id}, {"status", end->status}});
}

} // namespace vn
