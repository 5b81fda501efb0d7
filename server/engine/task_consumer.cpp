#include "engine/task_consumer.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "domain/retry.hpp"
#include "engine/failure_record.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

task_consumer::task_consumer(asio::any_io_executor ex, task_group& group, redis::client& redis, sent_documents& sent,
                             updates_feed& updates, executor& runner, const engine_settings& e,
                             const redis::endpoint& where, const redis::settings& s)
    : group_(group), redis_(redis), sent_(sent), runner_(runner), settings_(e),
      reader_(ex, where, s, keys::dispatch, keys::workers, "vn-" + e.node, keys::nodes_version),
      places_(ex, e.max_tasks), homeless_(redis, e, runner, places_),
      results_(
          redis, updates, e, [this](const dispatched_task& t) { return park(t.entry, &t, 1, "unusable"); },
          [this](const std::string& entry) { let_go(entry); }),
      ended_(ex)
{}

std::optional<std::string> task_consumer::not_reading() const
{
    return waits_for_place_ ? std::nullopt : reader_.trouble();
}

std::optional<dispatched_task> task_consumer::parse(const redis::stream_entry& e) const
{
    return parse_dispatched(e, settings_.task_timeout);
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
        std::vector<dispatched_task> works;
        for (const auto& e : batch->list)
        {
            if (auto t = parse(e))
                works.push_back(std::move(*t));
            else
                co_await park(e, 1, "bad-entry");
        }
        co_await start(std::move(works), std::move(batch->beside));
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
    std::vector<dispatched_task> works;
    std::optional<dispatched_task> suspect;
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
        auto t = parse(e);
        log::info("task claimed", {{"entry", e.id}, {"deliveries", deliveries}});
        if (!t)
            co_await park(e, deliveries, "bad-entry");
        else if (was_alone || deliveries > settings_.max_deliveries)
            co_await park(e, deliveries, "poison");
        else if (deliveries < settings_.alone_after)
            works.push_back(std::move(*t));
        else if (!suspect)
            suspect = std::move(t);
        else
            later.push_back(std::move(t->entry));
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
awaitable<void> task_consumer::run_alone(dispatched_task t)
{
    auto stop = co_await asio::this_coro::cancellation_state;
    const auto entry = t.entry;
    hold(t);
    waits_for_place_ = true;
    while (held_.size() > 1 && !stopping(stop))
        co_await ended_.wait(std::chrono::seconds(1));
    waits_for_place_ = false;
    if (stopping(stop))
        co_return; // handed back with the rest

    const auto mark = keys::alone(entry);
    const auto ttl = std::chrono::duration_cast<std::chrono::seconds>(t.input.time_left + 4 * settings_.lease).count();
    redis::command set;
    set.push("SET", mark, settings_.node, "EX", std::max<long long>(ttl, 1));
    const auto marked = co_await redis_.exec(set);
    if (!marked)
    {
        held_.erase(entry); // claimed again when the lease is over
        co_return;
    }
    std::vector<dispatched_task> one;
    one.push_back(std::move(t));
    co_await start(std::move(one));
    waits_for_place_ = true;
    while (held_.contains(entry) && !stopping(stop))
        co_await ended_.wait(std::chrono::seconds(1));
    waits_for_place_ = false;
    redis::command unset;
    unset.push("DEL", mark);
    co_await redis_.exec(unset);
}

awaitable<std::size_t> task_consumer::start(std::vector<dispatched_task> batch,
                                            std::optional<std::string> nodes_version)
{
    if (batch.empty())
        co_return 0;
    for (const auto& t : batch)
        hold(t);
    auto documents = co_await documents_of(batch, std::move(nodes_version));
    std::vector<std::string> elsewhere;
    for (std::size_t i = 0; i < batch.size(); ++i)
    {
        const auto version = documents ? documents->nodes_version : std::nullopt;
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
        group_.spawn([this, t = std::move(batch[i]), d = std::move(documents->of_tasks[i]),
                      r = in_hand->second.recalled, place = places_.take()]() mutable {
            return value(std::move(t), std::move(d), std::move(r), std::move(place));
        });
    }
    const auto passed_on = elsewhere.size();
    co_await pass_on(std::move(elsewhere));
    co_return passed_on;
}

awaitable<result<task_consumer::documents>> task_consumer::documents_of(const std::vector<dispatched_task>& batch,
                                                                        std::optional<std::string> nodes_version)
{
    documents found{.of_tasks = {}, .nodes_version = std::move(nodes_version)};
    std::vector<std::string> names;
    std::vector<std::size_t> places;
    bool asks_for_version = false;
    for (const auto& t : batch)
    {
        asks_for_version = asks_for_version || homeless_.may_be_for_another(t.input.valuation_name);
        if (!found.of_tasks.emplace_back(sent_.take(t.payload_key)))
        {
            places.push_back(found.of_tasks.size() - 1);
            names.push_back(t.payload_key);
        }
    }
    asks_for_version = asks_for_version && !found.nodes_version;
    if (asks_for_version)
        names.emplace_back(keys::nodes_version);
    if (names.empty())
        co_return found;
    auto texts = co_await redis_.get_texts(std::move(names));
    if (!texts)
        co_return texts.error();
    if (asks_for_version)
        found.nodes_version = texts->back().value_or("");
    for (std::size_t i = 0; i < places.size(); ++i)
        found.of_tasks[places[i]] = std::move((*texts)[i]);
    co_return found;
}

// Before its document is asked for: who cancels takes the document away, and then tells (R7).
void task_consumer::hold(const dispatched_task& t)
{
    held_.try_emplace(t.entry, held{t.input.request_id, std::make_shared<recall>()});
}

void task_consumer::request_ended(std::string_view id)
{
    sent_.forget(id);
    for (auto& [entry, h] : held_)
        if (h.request == id)
            h.recalled->make();
}

awaitable<void> task_consumer::value(dispatched_task t, std::optional<std::string> document,
                                     std::shared_ptr<recall> recalled, slots::lease place)
{
    using outcome_of_wait = executor_wait::outcome;
    const auto where = co_await homeless_.wait(t.entry, t.input.valuation_name, place, *recalled);
    if (where == outcome_of_wait::stopping)
        co_return; // handed back with the rest
    if (where == outcome_of_wait::recalled)
        co_return co_await drop(t);
    if (where == outcome_of_wait::elsewhere)
    {
        std::vector<std::string> one{t.entry};
        co_return co_await pass_on(std::move(one));
    }

    std::optional<task_outcome> outcome;
    if (t.deadline)
    {
        t.input.longest_wait =
            std::chrono::duration_cast<std::chrono::milliseconds>(*t.deadline - std::chrono::system_clock::now());
        t.input.time_left = std::min(t.input.time_left, t.input.longest_wait);
    }
    if (t.input.time_left <= std::chrono::milliseconds::zero())
        outcome.emplace().error = failure{.code = "request-deadline",
                                          .message = "the time for the request is over: the task was not started"};
    else if (where == outcome_of_wait::nowhere)
        outcome.emplace().error = homeless_.nowhere(t.input.valuation_name);
    else
        outcome = co_await outcome_of(t, std::move(document), *recalled);
    if (!outcome)
        co_return co_await drop(t);
    co_await results_.add(std::move(t), std::move(*outcome), std::move(place));
}

void task_consumer::let_go(const std::string& entry)
{
    held_.erase(entry);
    ended_.raise();
}

awaitable<std::optional<task_outcome>> task_consumer::outcome_of(const dispatched_task& t,
                                                                 std::optional<std::string> document, recall& recalled)
{
    const auto stop = co_await asio::this_coro::cancellation_state;
    task_outcome outcome;
    if (!document || document->empty())
    {
        outcome.error = failure{.code = "payload-missing", .message = "the task document is not in Redis"};
        outcome.retryable = true;
        co_return outcome;
    }
    auto input = t.input;
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
        log::error("an executor broke down", {{"request", t.input.request_id},
                                              {"group", t.input.group_index},
                                              {"task", t.input.task_id},
                                              {"what", e.what()}});
        outcome.error = failure{.code = std::string(name_of(attempt_failure::failed)),
                                .message = "the task could not be run: an error of the server"};
        outcome.retryable = is_retryable(attempt_failure::failed);
    }
    co_return outcome;
}

awaitable<void> task_consumer::drop(const dispatched_task& t)
{
    const auto& in = t.input;
    log::info("task dropped: its request has ended",
              {{"request", in.request_id}, {"group", in.group_index}, {"task", in.task_id}});
    redis::arguments args;
    args << reader_.consumer() << t.entry << in.request_id;
    // What Redis does not answer is not renewed any more: whoever claims the entry finds no document.
    co_await redis_.run(redis::scripts::drop_task, args);
    let_go(t.entry);
}

awaitable<void> task_consumer::park(const redis::stream_entry& e, int deliveries, std::string_view reason)
{
    const auto t = parse(e);
    co_await park(e.id, t ? &*t : nullptr, deliveries, reason);
}

awaitable<void> task_consumer::park(std::string_view entry, const dispatched_task* t, int deliveries,
                                    std::string_view reason)
{
    log::warning("task parked", {{"entry", entry}, {"reason", reason}, {"deliveries", deliveries}});
    redis::arguments args;
    args << entry;
    if (t)
        args << t->input.request_id << t->input.group_index << t->input.task_id << t->input.attempt;
    else
        args << "" << "" << "" << "";
    task_failure f{.task = t ? t->input.task_id : 0,
                   .attempt = t ? t->input.attempt : 0,
                   .code = std::string(reason),
                   .message = "parked in stream:task:dead after " + std::to_string(deliveries) + " deliveries",
                   .at = now_text(),
                   .retryable = false};
    args << reason << deliveries << now_text() << settings_.node << settings_.dead_length << settings_.updates_length
         << failure_record(f, t ? t->input.group_index : 0) << task_event_bounds(settings_);
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
        let_go(entry);
    co_await reader_.give_back(redis_, std::move(entries), redis::given_to::others_first);
}

} // namespace vn
