#include "engine/task_consumer.hpp"

#include "core/ids.hpp"
#include "core/log.hpp"
#include "core/number_text.hpp"
#include "core/time_text.hpp"
#include "domain/retry.hpp"
#include "engine/failure_record.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

task_consumer::task_consumer(asio::any_io_executor ex, task_group& group, redis::client& redis, executor& runner,
                             const engine_settings& e, const redis::endpoint& where, const redis::settings& s)
    : ex_(ex), group_(group), redis_(redis), runner_(runner), settings_(e),
      reader_(ex, where, s, keys::dispatch, keys::workers, "vn-" + e.node), places_(ex, e.max_tasks),
      homeless_(redis, e, runner, places_), ended_(ex)
{}

std::optional<std::string> task_consumer::not_reading() const
{
    return waits_for_place_ ? std::nullopt : reader_.trouble();
}

std::optional<task_consumer::work> task_consumer::parse(const redis::stream_entry& e) const
{
    work w{.entry = std::string(e.id), .input = {}, .payload_key = std::string(e["payloadKey"])};
    auto& in = w.input;
    in.request_id = e["requestId"];
    auto group_field = e["groupIdx"];
    if (group_field.empty())
        group_field = e["groupIndex"];
    const auto group = parse_number<std::size_t>(group_field);
    const auto task = parse_number<std::size_t>(e["taskId"]);
    if (!is_uuid(in.request_id) || !group || !task || *task == 0 || !w.payload_key.starts_with("cache:task:"))
        return std::nullopt;
    in.group_index = *group;
    in.task_id = *task;
    in.attempt = std::max(parse_number<int>(e["attempt"]).value_or(1), 1);
    in.group_name = e["groupName"];
    in.valuation_name = e["valuationName"];
    in.traceparent = e["traceparent"];
    in.time_left = settings_.task_timeout;
    in.longest_wait = settings_.task_timeout;
    w.deadline = parse_time(e["deadline"]);
    return w;
}

awaitable<void> task_consumer::run()
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
            next_claim_ = clock::now() + settings_.lease / 4;
            const bool more = co_await claim();
            if (more)
                next_claim_ = clock::now();
            if (places_.free() == 0 || stopping(stop))
                continue;
        }
        auto batch = co_await reader_.read(redis_, places_.free());
        if (!batch)
        {
            co_await pause_for(std::chrono::milliseconds(200));
            continue;
        }
        std::vector<work> works;
        for (const auto& e : redis::new_entries(*batch))
        {
            if (auto w = parse(e))
                works.push_back(std::move(*w));
            else
                co_await park(e, 1, "bad-entry");
        }
        co_await start(std::move(works));
    }
    homeless_.stop();
}

awaitable<bool> task_consumer::claim()
{
    const auto most = places_.free();
    redis::arguments args;
    args << reader_.consumer() << settings_.lease.count() << settings_.task_timeout.count() << most;
    auto r = co_await redis_.run(redis::scripts::claim_tasks, args);
    if (!r)
        co_return false;
    std::vector<work> works;
    std::optional<work> suspect;
    std::vector<std::string> later;
    for (const auto& item : r->items())
    {
        const auto parts = item.items();
        if (parts.size() != 4)
            continue;
        const redis::stream_entry e{parts[0].text(), parts[3]};
        const auto deliveries = static_cast<int>(parts[1].number(1));
        const bool was_alone = parts[2].text() == "1";
        if (held_.contains(std::string(e.id)))
            continue; // ours, and running: the renewal was late, and this was one
        auto w = parse(e);
        log::info("task claimed", {{"entry", e.id}, {"deliveries", deliveries}});
        if (!w)
            co_await park(e, deliveries, "bad-entry");
        else if (was_alone || deliveries > settings_.max_deliveries)
            co_await park(e, deliveries, "poison");
        else if (deliveries < settings_.alone_after)
            works.push_back(std::move(*w));
        else if (!suspect)
            suspect = std::move(w);
        else
            later.push_back(std::move(w->entry));
    }
    // What goes back could be claimed again at once, here or by another that gives it back as well.
    const bool all_mine = later.empty();
    co_await reader_.give_back(redis_, std::move(later));
    const auto passed_on = co_await start(std::move(works));
    if (suspect)
        co_await run_alone(std::move(*suspect));
    co_return all_mine&& passed_on == 0 && r->items().size() >= most;
}

// It has ended several workers, or happened to be there when they ended: alone on its node, that can be told (R12).
awaitable<void> task_consumer::run_alone(work w)
{
    auto stop = co_await asio::this_coro::cancellation_state;
    const auto entry = w.entry;
    hold(w);
    waits_for_place_ = true;
    while (held_.size() > 1 && !stopping(stop))
        co_await ended_.wait(std::chrono::seconds(1));
    waits_for_place_ = false;
    if (stopping(stop))
        co_return; // handed back with the rest

    const auto mark = keys::alone(entry);
    const auto ttl = std::chrono::duration_cast<std::chrono::seconds>(w.input.time_left + 4 * settings_.lease).count();
    redis::command set;
    set.push("SET", mark, settings_.node, "EX", std::max<long long>(ttl, 1));
    const auto marked = co_await redis_.exec(set);
    if (!marked)
    {
        held_.erase(entry); // claimed again when the lease is over
        co_return;
    }
    std::vector<work> one;
    one.push_back(std::move(w));
    co_await start(std::move(one));
    waits_for_place_ = true;
    while (held_.contains(entry) && !stopping(stop))
        co_await ended_.wait(std::chrono::seconds(1));
    waits_for_place_ = false;
    redis::command unset;
    unset.push("DEL", mark);
    co_await redis_.exec(unset);
}

awaitable<std::size_t> task_consumer::start(std::vector<work> batch)
{
    if (batch.empty())
        co_return 0;
    std::vector<std::string> names;
    for (const auto& w : batch)
    {
        names.push_back(w.payload_key);
        hold(w);
    }
    // With the documents: what the other nodes are for is known as of now.
    names.emplace_back(keys::nodes_version);
    auto documents = co_await redis_.get_texts(std::move(names));
    std::vector<std::string> elsewhere;
    for (std::size_t i = 0; i < batch.size(); ++i)
    {
        const auto version = documents ? std::optional(documents->back().value_or("")) : std::nullopt;
        const bool others = co_await homeless_.is_for_another(batch[i].input.valuation_name, version);
        if (others)
        {
            elsewhere.push_back(batch[i].entry);
            continue;
        }
        const auto in_hand = held_.find(batch[i].entry);
        if (!documents || places_.free() == 0 || in_hand == held_.end())
        {
            held_.erase(batch[i].entry); // claimed again when the lease is over
            continue;
        }
        // While stopping spawn() refuses; the entry stays in hand and is handed back.
        group_.spawn([this, w = std::move(batch[i]), d = std::move((*documents)[i]), r = in_hand->second.recalled,
                      place = places_.take()]() mutable {
            return value(std::move(w), std::move(d), std::move(r), std::move(place));
        });
    }
    const auto passed_on = elsewhere.size();
    co_await pass_on(std::move(elsewhere));
    co_return passed_on;
}

// Before its document is asked for: who cancels takes the document away, and then tells (R7).
void task_consumer::hold(const work& w)
{
    held_.try_emplace(w.entry, held{w.input.request_id, std::make_shared<recall>(ex_)});
}

void task_consumer::request_ended(std::string_view id)
{
    for (auto& [entry, h] : held_)
        if (h.request == id)
            h.recalled->make();
}

awaitable<void> task_consumer::value(work w, std::optional<std::string> document, std::shared_ptr<recall> recalled,
                                     slots::lease place)
{
    using outcome_of_wait = executor_wait::outcome;
    const auto where = co_await homeless_.wait(w.entry, w.input.valuation_name, place, *recalled);
    if (where == outcome_of_wait::stopping)
        co_return; // handed back with the rest
    if (where == outcome_of_wait::recalled)
        co_return co_await drop(w);
    if (where == outcome_of_wait::elsewhere)
    {
        std::vector<std::string> one{w.entry};
        co_return co_await pass_on(std::move(one));
    }

    std::optional<task_outcome> outcome;
    if (w.deadline)
    {
        w.input.longest_wait =
            std::chrono::duration_cast<std::chrono::milliseconds>(*w.deadline - std::chrono::system_clock::now());
        w.input.time_left = std::min(w.input.time_left, w.input.longest_wait);
    }
    if (w.input.time_left <= std::chrono::milliseconds::zero())
        outcome.emplace().error = failure{.code = "request-deadline",
                                          .message = "the time for the request is over: the task was not started"};
    else if (where == outcome_of_wait::nowhere)
        outcome.emplace().error = homeless_.nowhere(w.input.valuation_name);
    else
        outcome = co_await outcome_of(w, std::move(document), *recalled);
    if (!outcome)
        co_return co_await drop(w);
    const bool ended = co_await finish(w, std::move(*outcome));
    if (ended)
        held_.erase(w.entry);
    ended_.raise();
}

awaitable<std::optional<task_outcome>> task_consumer::outcome_of(const work& w, std::optional<std::string> document,
                                                                 recall& recalled)
{
    const auto stop = co_await asio::this_coro::cancellation_state;
    task_outcome outcome;
    if (!document || document->empty())
    {
        outcome.error = failure{.code = "payload-missing", .message = "the task document is not in Redis"};
        outcome.retryable = true;
        co_return outcome;
    }
    auto input = w.input;
    input.document = std::move(*document);
    try
    {
        co_return co_await recalled.unless_made(runner_.run(std::move(input)));
    }
    catch (const std::exception& e)
    {
        if (stopping(stop))
            throw; // still in hand, and handed back
        // A mistake of ours ends the attempt: in hand for ever, nobody else would get the task.
        log::error("an executor broke down", {{"request", w.input.request_id},
                                              {"group", w.input.group_index},
                                              {"task", w.input.task_id},
                                              {"what", e.what()}});
        outcome.error = failure{.code = std::string(name_of(attempt_failure::failed)),
                                .message = "the task could not be run: an error of the server"};
        outcome.retryable = is_retryable(attempt_failure::failed);
    }
    co_return outcome;
}

awaitable<void> task_consumer::drop(const work& w)
{
    const auto& in = w.input;
    log::info("task dropped: its request has ended",
              {{"request", in.request_id}, {"group", in.group_index}, {"task", in.task_id}});
    redis::arguments args;
    args << reader_.consumer() << w.entry << in.request_id;
    // What Redis does not answer is not renewed any more: whoever claims the entry finds no document.
    co_await redis_.run(redis::scripts::drop_task, args);
    held_.erase(w.entry);
    ended_.raise();
}

awaitable<bool> task_consumer::finish(const work& w, task_outcome outcome)
{
    const auto& in = w.input;
    const bool ok = !outcome.error;
    std::string record;
    if (!ok)
        record = failure_record({.task = in.task_id,
                                 .attempt = in.attempt,
                                 .code = outcome.error->code,
                                 .message = outcome.error->message,
                                 .at = now_text(),
                                 .retryable = outcome.retryable},
                                in.group_index);

    for (int tries = 0;; ++tries)
    {
        std::string part;
        error_code ec;
        if (redis_.is_large(outcome.result))
        {
            part = keys::part(w.entry + ":" + settings_.node);
            ec = co_await redis_.set_part_if_large(part, outcome.result);
        }
        if (!ec)
        {
            redis::arguments args;
            args << w.entry << in.request_id << in.group_index << in.group_name << in.task_id << in.valuation_name
                 << in.attempt << (ok ? "completed" : "failed") << (part.empty() ? outcome.result : std::string())
                 << settings_.request_ttl.count() << now_text() << settings_.updates_length << outcome.took.count()
                 << settings_.node << outcome.executor << outcome.plugin << record << part
                 << (ok ? std::string() : outcome.error->message) << (ok ? std::string() : outcome.error->code)
                 << (outcome.retryable ? "yes" : "no") << task_event_bounds(settings_);
            auto r = co_await redis_.run(redis::scripts::finish_task, args);
            if (r)
            {
                log::debug("task finished", {{"request", in.request_id},
                                             {"group", in.group_index},
                                             {"task", in.task_id},
                                             {"outcome", r->text()}});
                co_return true;
            }
            ec = r.error();
        }
        if (ec == asio::error::operation_aborted)
            co_return false;
        if (!redis::is_transient(ec))
        {
            log::error("task result refused", {{"request", in.request_id}, {"reason", ec.message()}});
            if (redis::is_damage(ec))
                co_await park(w.entry, &w, 1, "unusable");
            co_return true; // not renewed any more: claimed by another, at most max_deliveries times
        }
        co_await pause_for(redis::pause_before_retry(tries));
    }
}

awaitable<void> task_consumer::park(const redis::stream_entry& e, int deliveries, std::string_view reason)
{
    const auto w = parse(e);
    co_await park(e.id, w ? &*w : nullptr, deliveries, reason);
}

awaitable<void> task_consumer::park(std::string_view entry, const work* w, int deliveries, std::string_view reason)
{
    log::warning("task parked", {{"entry", entry}, {"reason", reason}, {"deliveries", deliveries}});
    redis::arguments args;
    args << entry;
    if (w)
        args << w->input.request_id << w->input.group_index << w->input.task_id << w->input.attempt;
    else
        args << "" << "" << "" << "";
    task_failure f{.task = w ? w->input.task_id : 0,
                   .attempt = w ? w->input.attempt : 0,
                   .code = std::string(reason),
                   .message = "parked in stream:task:dead after " + std::to_string(deliveries) + " deliveries",
                   .at = now_text(),
                   .retryable = false};
    args << reason << deliveries << now_text() << settings_.node << settings_.dead_length << settings_.updates_length
         << failure_record(f, w ? w->input.group_index : 0) << task_event_bounds(settings_);
    co_await redis_.run(redis::scripts::park_task, args);
}

awaitable<void> task_consumer::keep_leases()
{
    for (;;)
    {
        co_await pause_for(settings_.lease / 3);
        if (held_.empty())
            continue;
        redis::arguments args;
        args << reader_.consumer();
        for (const auto& [entry, h] : held_)
            args << entry << h.request;
        auto r = co_await redis_.run(redis::scripts::renew_tasks, args);
        if (!r)
            continue;
        for (const auto& lost : r->items())
        {
            const auto parts = lost.items();
            const auto at = parts.size() == 2 ? held_.find(parts[0].string()) : held_.end();
            if (at == held_.end())
                continue;
            // Known from the lifecycle stream already, unless that was missed.
            if (parts[1].text() == "1")
                at->second.recalled->make();
            else
                log::info("task belongs to another worker", {{"entry", at->first}});
        }
    }
}

awaitable<void> task_consumer::hand_back()
{
    std::vector<std::string> entries;
    for (const auto& [entry, h] : held_)
        entries.push_back(entry);
    held_.clear();
    co_await reader_.give_back(redis_, std::move(entries));
}

awaitable<void> task_consumer::pass_on(std::vector<std::string> entries)
{
    if (entries.empty())
        co_return;
    for (const auto& entry : entries)
        held_.erase(entry);
    ended_.raise();
    co_await reader_.give_back(redis_, std::move(entries), redis::given_to::others_first);
}

} // namespace vn
