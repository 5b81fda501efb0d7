#include "api/request_listing.hpp"

#include "api/problem.hpp"
#include "core/json_text.hpp"
#include "core/number_text.hpp"
#include "domain/life_cycle.hpp"

namespace vn {

namespace {

constexpr std::size_t most = 1'000;

failure bad(std::string code, std::string message)
{
    return {.code = std::move(code), .message = std::move(message)};
}

// fallback if it is not there; nothing if it is not a number from least to highest, given once.
std::optional<std::size_t> number_of(const http::request& r, std::string_view name, std::size_t fallback,
                                     std::size_t least, std::size_t highest)
{
    const auto given = r.query.find(name);
    if (!given)
        return fallback;
    const auto n = parse_number<std::size_t>(*given);
    return r.query.count(name) == 1 && n && *n >= least && *n <= highest ? n : std::nullopt;
}

failure bad_limit()
{
    return bad("bad-limit", "limit has to be a number from 1 to " + std::to_string(most) + ".");
}

void append_request(std::string& json, const listed_request& r)
{
    json.append(R"({"requestId":)" + json_string(r.id))
        .append(R"(,"status":)" + json_string(r.status))
        .append(R"(,"currentGroup":)" + std::to_string(r.current_group))
        .append(R"(,"groupCount":)" + std::to_string(r.group_count));
    append_time(json, "receivedAt", r.received_at);
    append_time(json, "startedAt", r.started_at);
    append_time(json, "completedAt", r.completed_at);
    json.append(R"(,"priority":)" + json_string(r.priority.empty() ? "normal" : r.priority));
    json.append(R"(,"user":)" + (r.user.empty() ? "null" : json_string(r.user)) + "}");
}

void append_task(std::string& json, const task_view& t)
{
    json.append(R"({"task":)" + std::to_string(t.task)).append(R"(,"state":)" + json_string(t.state));
    if (t.attempt > 0)
        json.append(R"(,"attempt":)" + std::to_string(t.attempt));
    if (!t.since.empty())
        json.append(R"(,"since":)" + json_string(t.since));
    if (t.state == "running")
        json.append(R"(,"node":)" + json_string(t.node))
            .append(R"(,"heardMs":)" + std::to_string(t.heard_ms))
            .append(R"(,"deliveries":)" + std::to_string(t.deliveries));
    if (!t.next_attempt.empty())
        json.append(R"(,"nextAttempt":)" + json_string(t.next_attempt));
    if (const auto& f = t.last_failure)
        json.append(R"(,"lastError":{"attempt":)" + std::to_string(f->attempt))
            .append(R"(,"code":)" + json_string(f->code))
            .append(R"(,"error":)" + json_string(f->message))
            .append(R"(,"at":)" + json_string(f->at) + "}");
    json += '}';
}

} // namespace

void append_time(std::string& json, std::string_view name, std::string_view time)
{
    json.append(",\"").append(name).append("\":").append(time.empty() ? "null" : json_string(time));
}

void request_listing::add_routes(http::router& routes)
{
    routes.add("GET", "/valuation", [this](http::request& r) { return get(r); });
}

awaitable<http::reply> request_listing::get(http::request& r)
{
    const auto limit = number_of(r, "limit", 50, 1, most);
    if (!limit)
        co_return problem(bad_limit());
    std::string cursor(r.query.get("cursor"));
    if (r.query.count("cursor") > 1 || (r.query.find("cursor") && !request_list::is_cursor(cursor)))
        co_return problem(bad("bad-cursor", "cursor has to be that of an earlier page."));
    std::string status(r.query.get("status"));
    const auto known = request_status_of(status);
    if (r.query.count("status") > 1 || (r.query.find("status") && (!known || name_of(*known) != status)))
        co_return problem(
            bad("bad-status", "status has to be received, started, running, succeeded, failed or cancelled."));

    auto page = co_await requests_.read(std::move(status), std::move(cursor), *limit);
    if (!page)
        co_return redis_away();
    std::string json = R"({"requests":[)";
    for (const auto& one : page->requests)
    {
        json += &one == &page->requests.front() ? "" : ",";
        append_request(json, one);
    }
    json.append(R"(],"cursor":)").append(page->next.empty() ? "null" : json_string(page->next));
    co_return http::json_reply(200, json + "}");
}

result<std::optional<task_query>, failure> read_task_query(const http::request& r, const request_view& v)
{
    const auto tasks = r.query.find("tasks");
    if (!tasks)
        return std::optional<task_query>();
    const auto limit = number_of(r, "limit", 100, 1, most);
    if (!limit)
        return bad_limit();
    const auto current = static_cast<std::size_t>(std::max(v.current_group, 0LL));
    const auto group = number_of(r, "group", current, 0, 1'000'000'000);
    const auto from = number_of(r, "from", 1, 1, 1'000'000'000);
    if (r.query.count("tasks") > 1 || (*tasks != "open" && *tasks != "all") || !group || !from)
        return bad("bad-tasks", "tasks has to be open or all, group a number from 0, from a number from 1.");
    const auto status = request_status_of(v.status);
    return std::optional(task_query{.id = v.id,
                                    .group = *group,
                                    .from = *from,
                                    .limit = *limit,
                                    .all = *tasks == "all",
                                    .over = status && is_final(*status)});
}

void append_tasks(std::string& json, const task_page& page)
{
    json += R"(,"tasks":[)";
    for (const auto& t : page.tasks)
    {
        json += &t == &page.tasks.front() ? "" : ",";
        append_task(json, t);
    }
    json.append(R"(],"nextTask":)").append(page.next == 0 ? "null" : std::to_string(page.next));
}

} // namespace vn
