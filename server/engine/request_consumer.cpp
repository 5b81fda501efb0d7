#include "engine/request_consumer.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "redis/keys.hpp"

namespace vn {

namespace keys = redis::keys;

request_consumer::request_consumer(asio::any_io_executor ex, task_group& group, const run_environment& e,
                                   const redis::endpoint& where, const redis::settings& s)
    : ex_(ex), group_(group), environment_(e),
      reader_(ex, where, s, keys::ingest, keys::orchestrators, "vn-" + e.settings.node),
      places_(ex, e.settings.max_requests)
{}

std::optional<std::string> request_consumer::not_reading() const
{
    return waits_for_place_ ? std::nullopt : reader_.trouble();
}

awaitable<void> request_consumer::run()
{
    auto stop = co_await graceful();
    while (!stopping(stop))
    {
        // What cannot be run now stays in the stream, where another node can take it.
        waits_for_place_ = true;
        co_await places_.available();
        waits_for_place_ = false;
        if (places_.free() == 0 || stopping(stop))
            break; // to Redis a count of 0 would mean all
        if (clock::now() >= next_claim_)
        {
            next_claim_ = clock::now() + environment_.settings.lease / 4;
            co_await take({}, true);
            if (places_.free() == 0 || stopping(stop))
                continue;
        }
        auto batch = co_await reader_.read(environment_.redis, places_.free());
        if (!batch)
        {
            co_await pause_for(std::chrono::milliseconds(200));
            continue;
        }
        std::vector<std::string> entries;
        for (const auto& e : batch->list)
            entries.emplace_back(e.id);
        if (stopping(stop))
            co_await reader_.give_back(environment_.redis, std::move(entries));
        else if (!entries.empty())
            co_await take(std::move(entries), false);
    }
}

awaitable<void> request_consumer::take(std::vector<std::string> entries, bool claim)
{
    const auto& s = environment_.settings;
    const auto now = std::chrono::system_clock::now();
    redis::arguments args;
    args << reader_.consumer() << s.node << (claim ? s.lease.count() : 0) << places_.free() << time_text(now)
         << s.request_ttl.count() << event_bounds(s) << s.dead_length << time_text(now + s.request_deadline)
         << ms_since_1970(now + s.request_deadline) << environment_.redis.how().bulk_bytes;
    for (const auto& e : entries)
        args << e;
    auto r = co_await environment_.redis.run(redis::scripts::take, args);
    if (!r)
    {
        // They stay pending with us and are claimed when the lease is over.
        log::warning("requests could not be taken", {{"reason", r.error().message()}});
        co_return;
    }
    for (const auto& item : r->items())
    {
        const auto f = item.items();
        if (f.size() != 12 || places_.free() == 0)
            continue;
        taken_request t{.entry = f[0].string(),
                        .id = f[1].string(),
                        .epoch = f[2].string(),
                        .status = f[3].string(),
                        .deliveries = static_cast<int>(f[4].number(1)),
                        .xml_key = f[5].string(),
                        .response_key = f[6].string(),
                        .current_group = f[7].number(-1),
                        .submitted_at = f[8].string(),
                        .document_key = f[9].string(),
                        .deadline = f[10].string(),
                        .payload = f[11].string()};
        // Taken again by ourselves, after a renewal that came too late: the older run can write nothing more.
        if (const auto at = held_.find(t.id); at != held_.end())
            at->second.run->abandon();
        auto run = std::make_shared<request_run>(ex_, environment_, std::move(t));
        held_[run->request().id] = {run->request().entry, run->request().epoch, run};
        group_.spawn([this, run, place = places_.take()]() mutable { return own(std::move(run), std::move(place)); });
    }
}

awaitable<void> request_consumer::own(std::shared_ptr<request_run> run, slots::lease)
{
    const auto stop = co_await asio::this_coro::cancellation_state;
    try
    {
        const auto ec = co_await run->run();
        if (ec != asio::error::operation_aborted)
            forget(*run);
    }
    catch (...)
    {
        // Only a stopping node keeps it, to hand it back.
        if (!stopping(stop))
            forget(*run);
        throw;
    }
}

// If the request has not ended there is no renewal any more: whoever claims it after the lease tries again, at most
// max_deliveries times.
void request_consumer::forget(const request_run& run)
{
    if (const auto at = held_.find(run.request().id); at != held_.end() && at->second.run.get() == &run)
        held_.erase(at);
}

void request_consumer::cancelled(std::string_view id)
{
    const auto at = held_.find(id);
    if (at == held_.end())
        return;
    log::info("request was cancelled", {{"request", id}});
    at->second.run->abandon();
}

awaitable<void> request_consumer::keep_leases()
{
    for (;;)
    {
        co_await pause_for(environment_.settings.lease / 3);
        if (held_.empty())
            continue;
        const auto renewed = held_;
        redis::arguments args;
        args << reader_.consumer();
        for (const auto& [id, h] : renewed)
            args << h.entry << id << h.epoch;
        auto r = co_await environment_.redis.run(redis::scripts::renew, args);
        if (!r)
            continue; // the lease stands three times as long as this
        for (const auto& id : r->items())
            if (const auto at = renewed.find(id.string()); at != renewed.end())
                at->second.run->abandon();
    }
}

awaitable<void> request_consumer::hand_back()
{
    std::vector<std::string> entries;
    for (const auto& [id, h] : held_)
        entries.push_back(h.entry);
    held_.clear();
    co_await reader_.give_back(environment_.redis, std::move(entries));
}

} // namespace vn
