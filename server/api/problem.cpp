#include "api/problem.hpp"

#include <vector>

namespace vn {

namespace {

struct row
{
    std::string_view code;
    unsigned status;
};

// What is not listed is the client's document: 400.
constexpr row rows[] = {
    {"idempotency-mismatch", 422},
    {"backlog-full", 503},
    {"redis-full", 503},
    {"redis-unavailable", 503},
    {"submission-uncertain", 503},
    {"request-not-found", 404},
    {"result-not-available", 404},
    {"result-expired", 410},
    {"request-cancelled", 409},
    {"request-ended", 409},
    {"request-not-failed", 409},
    {"input-expired", 410},
    {"task-not-parked", 409},
    {"dead-entry-unusable", 409},
    {"dead-entry-not-found", 404},
    {"request-lost", 503},
    {"events-not-available", 404},
    {"not-authenticated", 401},
    {"bad-token", 401},
    {"token-expired", 401},
    {"origin-not-allowed", 403},
    {"username-mismatch", 403},
    {"too-many-handshakes", 429},
    {"too-many-listeners-of-address", 429},
    {"too-many-listeners-of-user", 429},
    {"too-many-listeners", 503},
};

unsigned status_of(std::string_view code)
{
    for (const auto& r : rows)
        if (r.code == code)
            return r.status;
    return 400;
}

std::string_view retry_after(std::string_view code)
{
    if (code == "too-many-handshakes")
        return "1";
    return code == "backlog-full" || code.starts_with("too-many-listeners") ? "5" : "2";
}

} // namespace

http::reply problem(const failure& f, std::string_view request_id, std::string_view request_status)
{
    const auto status = status_of(f.code);
    std::vector<http::json_member> extra;
    if (!request_id.empty())
        extra.push_back({"requestId", request_id});
    if (!request_status.empty())
        extra.push_back({"status", request_status});
    if (f.line > 0)
    {
        extra.push_back({"line", f.line});
        extra.push_back({"column", f.column});
    }
    // Reasons of 5xx are for the log.
    if (!f.reason.empty() && status < 500)
        extra.push_back({"reason", f.reason});
    auto r = http::error_reply(status, f.code, f.message, extra);
    if (status == 503 || status == 429)
        r.set("Retry-After", retry_after(f.code));
    if (status == 401)
        r.set("WWW-Authenticate", f.code == "not-authenticated" ? "Bearer" : "Bearer error=\"invalid_token\"");
    return r;
}

http::reply redis_away()
{
    return problem({.code = "redis-unavailable", .message = "Redis does not answer right now"});
}

} // namespace vn
