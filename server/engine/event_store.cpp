#include "engine/event_store.hpp"

#include "core/number_text.hpp"
#include "redis/keys.hpp"

namespace vn {

namespace keys = redis::keys;

namespace {

event_position position_of(const redis::stream_entry& e)
{
    return {parse_number<std::uint64_t>(e["epoch"]).value_or(0), offset_in(e.id).value_or(0)};
}

event_position last_of(const redis::value& list)
{
    const auto entries = redis::entries_of(list);
    return entries.empty() ? event_position() : position_of(entries.front());
}

} // namespace

awaitable<result<event_position>> event_store::end(std::string user)
{
    redis::command c;
    c.push("XREVRANGE", keys::events(user), "+", "-", "COUNT", 1);
    auto r = co_await redis_.exec(c);
    if (!r)
        co_return r.error();
    co_return last_of(r->root());
}

awaitable<result<kept_events>> event_store::read(std::string user, event_position after)
{
    const auto key = keys::events(user);
    redis::command c;
    // The one that was seen last has to be there still: else what came behind it may be gone, too.
    c.push("XRANGE", key, after.offset == 0 ? std::string("-") : std::to_string(after.offset), "+", "COUNT",
           at_once + 1);
    c.push("XREVRANGE", key, "+", "-", "COUNT", 1);
    auto r = co_await redis_.exec(c);
    if (!r)
        co_return r.error();
    const auto answers = r->all();
    if (answers.size() != 2)
        co_return errc::protocol;

    kept_events kept;
    kept.end = last_of(answers[1]);
    const auto entries = redis::entries_of(answers[0]);
    std::size_t from = 0;
    if (after.offset == 0)
        kept.is_whole = entries.empty() || entries.front().id.ends_with("-1");
    else
    {
        const auto seen = entries.empty() ? event_position() : position_of(entries.front());
        kept.is_whole = seen.offset == after.offset && (after.epoch == 0 || after.epoch == seen.epoch);
        from = kept.is_whole ? 1 : 0;
    }
    for (auto i = from; i < entries.size() && kept.events.size() < at_once; ++i)
        if (auto m = read_event(entries[i]["event"], true); m->is_ours())
            kept.events.push_back(std::move(m));
    co_return kept;
}

awaitable<result<std::vector<shared_event>>> event_store::of_request(std::string user, std::string id, std::size_t most)
{
    std::vector<shared_event> found;
    for (event_position after;;)
    {
        auto page = co_await read(user, after);
        if (!page)
            co_return page.error();
        for (auto& m : page->events)
        {
            after = m->position;
            if (m->run_id == id)
                found.push_back(std::move(m));
        }
        if (page->events.empty() || found.size() >= most || after.offset >= page->end.offset)
            break;
    }
    if (found.size() > most)
        found.resize(most);
    co_return found;
}

awaitable<result<std::optional<request_owner>>> event_store::owner_of(std::string id)
{
    redis::command c;
    c.push("HMGET", keys::state(id), "status", "username");
    auto r = co_await redis_.exec(c);
    if (!r)
        co_return r.error();
    const auto f = r->items();
    if (f.size() != 2 || f[0].is_null())
        co_return std::optional<request_owner>();
    co_return request_owner{f[0].string(), f[1].string()};
}

} // namespace vn
