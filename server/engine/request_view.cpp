#include "engine/request_view.hpp"

#include "domain/life_cycle.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

namespace {

constexpr std::size_t groups_at_once = 200;

std::size_t count_of(const redis::value& v)
{
    return static_cast<std::size_t>(std::max(v.number(), 0LL));
}

} // namespace

awaitable<result<std::optional<request_view>>> request_views::status(std::string id)
{
    redis::command c;
    c.push("HMGET", keys::state(id), "status", "currentGroup", "groupCount", "receivedAt", "startedAt", "completedAt");
    auto r = co_await redis_.exec(c);
    if (!r)
        co_return r.error();
    const auto f = r->items();
    if (f.size() != 6 || f[0].is_null())
        co_return std::optional<request_view>();

    request_view v{.id = id,
                   .status = f[0].string(),
                   .current_group = std::min(f[1].number(-1), keys::most_groups),
                   .group_count = count_of(f[2]),
                   .received_at = f[3].string(),
                   .started_at = f[4].string(),
                   .completed_at = f[5].string(),
                   .groups = {}};
    // Other programs' words for the same.
    if (const auto s = request_status_of(v.status))
        v.status = name_of(*s);

    for (std::size_t from = 0; static_cast<long long>(from) <= v.current_group; from += groups_at_once)
    {
        const auto to = std::min(from + groups_at_once, static_cast<std::size_t>(v.current_group) + 1);
        redis::command groups;
        for (auto g = from; g < to; ++g)
            groups.push("HMGET", keys::group_state(id, g), "name", "status", "expected", "completed", "failed");
        auto states = co_await redis_.exec(groups);
        // Somebody has put something else in the place of a group: the request is known nevertheless.
        if (!states && states.error() == make_error_code(redis::errc::wrongtype))
            break;
        if (!states)
            co_return states.error();
        const auto answers = states->all();
        for (std::size_t i = 0; i < answers.size(); ++i)
        {
            const auto h = answers[i].items();
            if (h.size() == 5 && !h[1].is_null())
                v.groups.push_back(
                    {from + i, h[0].string(), h[1].string(), count_of(h[2]), count_of(h[3]), count_of(h[4])});
        }
    }
    co_return v;
}

awaitable<result<request_end>> request_views::end(std::string id)
{
    redis::command c;
    c.push("HMGET", keys::state(id), "status", "responseKey");
    auto r = co_await redis_.exec(c);
    if (!r)
        co_return r.error();
    const auto f = r->items();
    request_end e;
    if (f.size() != 2 || f[0].is_null())
        co_return e;
    const auto status = request_status_of(f[0].text());
    e.status = status ? std::string(name_of(*status)) : f[0].string();

    const bool succeeded = status == request_status::succeeded;
    if (!succeeded && status != request_status::failed)
        co_return e;
    auto key =
        succeeded ? (f[1].is_null() ? keys::request(id, "response") : f[1].string()) : keys::request(id, "failure");
    auto text = co_await redis_.get(std::move(key));
    if (!text)
        co_return text.error();
    (succeeded ? e.response : e.failure) = std::move(*text);
    co_return e;
}

} // namespace vn
