#include "engine/task_results.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "engine/failure_record.hpp"
#include "redis/keys.hpp"

#include <boost/scope/scope_exit.hpp>

#include <algorithm>
#include <tuple>

namespace vn {

namespace {

constexpr std::size_t tasks_at_once = 64;
constexpr std::size_t bytes_at_once = 1 << 20;

} // namespace

awaitable<void> task_results::add(dispatched_task task, task_outcome outcome, slots::lease place)
{
    ended e{std::move(task), std::move(outcome), std::move(place)};
    const bool is_stored = co_await store(e);
    if (!is_stored)
        co_return;
    waiting_.push_back(std::move(e));
    if (writing_)
        co_return;
    writing_ = true;
    const boost::scope::scope_exit done([this] { writing_ = false; });
    // What has ended in the same turn of the loop comes along.
    co_await asio::post(asio::use_awaitable);
    const auto stop = co_await asio::this_coro::cancellation_state;
    while (!waiting_.empty() && !is_terminal(stop))
    {
        auto batch = next_batch();
        std::vector<std::string> entries;
        for (const auto& each : batch)
            entries.push_back(each.task.entry);
        try
        {
            co_await write(std::move(batch));
        }
        catch (const std::exception& mistake)
        {
            if (is_terminal(stop))
                throw; // all of it is still in hand, and handed back
            // A mistake of ours: in hand for ever, nobody else would get these tasks.
            log::error("task results were not written", {{"count", entries.size()}, {"what", mistake.what()}});
            for (const auto& entry : entries)
                written_(entry);
        }
    }
}

awaitable<bool> task_results::store(ended& e)
{
    for (int tries = 0;; ++tries)
    {
        const auto ec = co_await redis_.set_apart_if_large(e.task.entry + ":" + settings_.node, e.outcome.result,
                                                           redis::client::room::always);
        if (!ec)
            co_return true;
        if (ec == asio::error::operation_aborted)
            co_return false;
        if (!redis::is_transient(ec))
        {
            co_await give_up(e, ec);
            co_return false;
        }
        co_await pause_for(redis::pause_before_retry(tries));
    }
}

awaitable<void> task_results::give_up(const ended& e, error_code why)
{
    const auto& in = e.task.input;
    log::error(
        "task result refused",
        {{"request", in.request_id}, {"group", in.group_index}, {"task", in.task_id}, {"reason", why.message()}});
    if (redis::is_damage(why))
        co_await park_(e.task);
    written_(e.task.entry);
}

std::vector<task_results::ended> task_results::next_batch()
{
    std::vector<ended> batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < tasks_at_once && bytes < bytes_at_once)
    {
        bytes += waiting_.front().outcome.result.size();
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

void task_results::append(redis::arguments& args, const ended& e)
{
    const auto& in = e.task.input;
    const auto& o = e.outcome;
    args << e.task.entry << in.task_id << in.attempt << o.took.count();
    if (!o.error)
    {
        args << "completed" << o.result;
        return;
    }
    args << "failed"
         << failure_record({.task = in.task_id,
                            .attempt = in.attempt,
                            .code = o.error->code,
                            .message = o.error->message,
                            .at = now_text(),
                            .retryable = o.retryable},
                           in.group_index)
         << o.error->message << o.error->code << (o.retryable ? "yes" : "no");
}

task_update task_results::update_of(ended e, std::string id)
{
    const auto& in = e.task.input;
    auto& o = e.outcome;
    task_update u{.id = std::move(id),
                  .group = in.group_index,
                  .task = in.task_id,
                  .attempt = in.attempt,
                  .completed = !o.error,
                  .code = {},
                  .error = {},
                  .retryable = o.retryable,
                  .ours = true};
    if (o.error)
    {
        u.code = o.error->code;
        u.error = o.error->message;
    }
    else if (!redis::keys::is_part(o.result))
        u.result = std::move(o.result);
    return u;
}

redis::arguments task_results::arguments_of(const std::vector<ended>& batch) const
{
    const auto common = [](const ended& e) {
        const auto& in = e.task.input;
        return std::tie(in.request_id, in.group_index, in.group_name, in.valuation_name, e.outcome.executor,
                        e.outcome.plugin);
    };
    redis::arguments args;
    args << settings_.request_ttl.count() << settings_.updates_length << settings_.node << task_event_bounds(settings_)
         << updates_.position();
    for (auto at = batch.begin(); at != batch.end();)
    {
        const auto& in = at->task.input;
        const auto end = std::find_if(at, batch.end(), [&](const auto& e) { return common(e) != common(*at); });
        args << in.request_id << in.group_index << in.group_name << in.valuation_name << at->outcome.executor
             << at->outcome.plugin << end - at;
        for (; at != end; ++at)
            append(args, *at);
    }
    return args;
}

awaitable<void> task_results::write(std::vector<ended> batch)
{
    const auto known = updates_.position();
    const auto args = arguments_of(batch);
    for (auto& e : batch)
        e.place = slots::lease(); // what comes next is read with the same exchange
    for (int tries = 0;; ++tries)
    {
        auto r = co_await redis_.run(redis::scripts::finish_tasks, args);
        if (r)
        {
            std::vector<std::string> words;
            for (const auto& w : r->items())
                words.push_back(w.string());
            words.resize(1 + batch.size());
            const auto last = std::move(words.front());
            words.erase(words.begin());
            if (!last.empty())
                updates_.wrote(known, last);
            co_return co_await told(std::move(batch), std::move(words), last);
        }
        const auto ec = r.error();
        if (ec == asio::error::operation_aborted)
            co_return;
        if (redis::is_transient(ec))
        {
            co_await pause_for(redis::pause_before_retry(tries));
            continue;
        }
        if (batch.size() == 1)
            co_return co_await give_up(batch.front(), ec);
        // One of them, perhaps: the others are not to suffer from it.
        for (auto& e : batch)
        {
            std::vector<ended> alone;
            alone.push_back(std::move(e));
            co_await write(std::move(alone));
        }
        co_return;
    }
}

awaitable<void> task_results::told(std::vector<ended> batch, std::vector<std::string> words, std::string last)
{
    std::vector<std::pair<ended, error_code>> given_up;
    for (std::size_t i = 0; i < batch.size(); ++i)
    {
        const auto& in = batch[i].task.input;
        const auto& word = words[i];
        if (word == "refused")
            given_up.emplace_back(std::move(batch[i]), make_error_code(redis::errc::wrongtype));
        else if (word == "unstored" || word.empty())
            given_up.emplace_back(std::move(batch[i]), make_error_code(errc::protocol));
        else
        {
            log::debug(
                "task finished",
                {{"request", in.request_id}, {"group", in.group_index}, {"task", in.task_id}, {"outcome", word}});
            written_(batch[i].task.entry);
            if (word == "counted" || word == "recorded")
                updates_.hand_over(in.request_id, update_of(std::move(batch[i]), last));
        }
    }
    batch.clear();
    for (const auto& [e, why] : given_up)
        co_await give_up(e, why);
}

} // namespace vn
