#include "engine/sweeper.hpp"

#include "core/log.hpp"
#include "engine/withdrawal.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

namespace {

constexpr int keys_at_once = 500;  // looked at by one SCAN
constexpr int scans_a_round = 200; // so that a round is bounded however many keys there are
constexpr int entries_at_once = 500;
constexpr int listed_at_once = 1000;

} // namespace

awaitable<void> sweeper::run()
{
    for (;;)
    {
        co_await pause_for(std::min<clock::duration>(settings_.clean_up, settings_.request_ttl / 4));
        co_await round();
    }
}

awaitable<void> sweeper::round()
{
    co_await clean_streams();
    co_await withdraw_rest(redis_);
    co_await restore_requests();
    co_await bound_keys();
    co_await clean_list();
    if (clock::now() >= next_renewal_)
    {
        next_renewal_ = clock::now() + settings_.request_ttl / 4;
        co_await renew_waiting();
    }
}

awaitable<void> sweeper::clean_streams()
{
    redis::arguments args;
    args << (10 * settings_.lease).count();
    auto r = co_await redis_.run(redis::scripts::clean_streams, args);
    if (r && r->number() > 0)
        log::info("consumers of dead nodes removed", {{"count", r->number()}});
}

awaitable<void> sweeper::restore_requests()
{
    for (int scans = 0; scans < scans_a_round; ++scans)
    {
        redis::arguments args;
        args << restore_cursor_ << entries_at_once;
        auto r = co_await redis_.run(redis::scripts::restore_requests, args);
        const auto words = r ? r->items() : std::vector<redis::value>();
        if (words.empty())
            co_return;
        for (std::size_t i = 1; i < words.size(); ++i)
            log::warning("request put back: its entry had vanished", {{"request", words[i].text()}});
        restore_cursor_ = words[0].string();
        if (restore_cursor_ == "0")
            co_return;
    }
}

awaitable<void> sweeper::clean_list()
{
    redis::arguments args;
    args << listed_at_once << settings_.request_ttl.count();
    co_await redis_.run(redis::scripts::clean_list, args);
}

awaitable<void> sweeper::bound_keys()
{
    for (int scans = 0; scans < scans_a_round; ++scans)
    {
        redis::command scan;
        scan.push("SCAN", cursor_, "MATCH", "cache:*", "COUNT", keys_at_once);
        auto found = co_await redis_.exec(scan);
        if (!found)
            co_return;
        const auto parts = found->items();
        if (parts.size() != 2)
            co_return;
        cursor_ = parts[0].string();
        redis::command expire;
        int n = 0;
        for (const auto& key : parts[1].items())
        {
            // NX: only those that have none.
            expire.push("EXPIRE", key.text(), settings_.request_ttl.count(), "NX");
            ++n;
        }
        if (n > 0)
            co_await redis_.exec(expire);
        if (cursor_ == "0")
            co_return;
    }
}

awaitable<void> sweeper::renew_waiting()
{
    for (const auto stream : {keys::ingest, keys::ingest_high, keys::ingest_low})
        co_await renew_waiting(stream);
}

awaitable<void> sweeper::renew_waiting(std::string_view stream)
{
    std::string from = "-";
    for (;;)
    {
        redis::command range;
        range.push("XRANGE", stream, from, "+", "COUNT", entries_at_once);
        auto r = co_await redis_.exec(range);
        if (!r)
            co_return;
        const auto entries = redis::entries_of(r->root());
        if (entries.empty())
            co_return;
        redis::command renew;
        for (const auto& e : entries)
        {
            const auto ttl = settings_.request_ttl.count();
            const auto id = e["requestId"];
            renew.push("EXPIRE", e["xmlKey"], ttl, "GT");
            renew.push("EXPIRE", keys::request(id, "metadata"), ttl, "GT");
            renew.push("EXPIRE", keys::state(id), 2 * ttl, "GT");
        }
        co_await redis_.exec(renew);
        if (entries.size() < entries_at_once)
            co_return;
        from = "(" + std::string(entries.back().id);
    }
}

} // namespace vn
