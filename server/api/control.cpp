#include "api/control.hpp"

#include "api/problem.hpp"
#include "core/ids.hpp"
#include "core/json_text.hpp"
#include "redis/error.hpp"

namespace vn {

namespace {

failure why_not(std::string_view word)
{
    if (word == "ended")
        return {.code = "request-ended", .message = "The request has ended."};
    if (word == "not-failed")
        return {.code = "request-not-failed", .message = "Only a request that has failed can be retried."};
    if (word == "expired")
        return {.code = "input-expired", .message = "What it needs to go on has expired."};
    if (word == "backlog")
        return {.code = "backlog-full", .message = "too many requests are waiting"};
    if (word == "not-parked")
        return {.code = "task-not-parked", .message = "The task has a result, or is queued again."};
    if (word == "unusable")
        return {.code = "dead-entry-unusable",
                .message = "The entry names no task or request: it can only be dropped."};
    if (word == "gone")
        return {.code = "dead-entry-not-found", .message = "There is no such entry."};
    return {.code = "request-not-found", .message = "There is no such request."};
}

} // namespace

operator_call caller_of(const http::request& r)
{
    return {.user = std::string(r.headers.get("x-user-id")), .name = r.id};
}

http::reply accepted(std::string_view request_id, std::string_view status)
{
    auto r = http::json_reply(202, R"({"requestId":)" + json_string(request_id) + R"(,"status":)" +
                                       json_string(status) + "}");
    r.set("Location", "/valuation/" + std::string(request_id) + "/status");
    r.set("Retry-After", "1");
    return r;
}

http::reply refusal_of(const control_answer& answer, std::string_view request_id)
{
    return problem(why_not(answer.word), request_id, answer.status);
}

http::reply not_done(error_code why)
{
    if (redis::is_full(why))
        return problem({.code = "redis-full", .message = "Redis has no memory left for new requests"});
    return redis_away();
}

void control_api::add_routes(http::router& routes)
{
    routes.add("DELETE", "/valuation/{id}", [this](http::request& r) { return cancel(r); });
    routes.add("POST", "/valuation/{id}/retry", [this](http::request& r) { return retry(r); });
}

awaitable<http::reply> control_api::cancel(http::request& r)
{
    const std::string id(r.path_parameters.get("id"));
    if (!is_uuid(id))
        co_return refusal_of({.word = "unknown"}, {});
    const auto answer = co_await control_.cancel(id, caller_of(r));
    if (!answer)
        co_return not_done(answer.error());
    if (answer->word == "cancelled")
        co_return http::json_reply(200, R"({"requestId":)" + json_string(id) + R"(,"status":"cancelled"})");
    co_return refusal_of(*answer, answer->word == "unknown" ? std::string() : id);
}

awaitable<http::reply> control_api::retry(http::request& r)
{
    const std::string id(r.path_parameters.get("id"));
    if (!is_uuid(id))
        co_return refusal_of({.word = "unknown"}, {});
    const auto answer = co_await control_.retry(id, {}, caller_of(r));
    if (!answer)
        co_return not_done(answer.error());
    if (answer->word == "accepted")
        co_return accepted(id, "accepted");
    co_return refusal_of(*answer, answer->word == "unknown" ? std::string() : id);
}

} // namespace vn
