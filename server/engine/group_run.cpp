#include "engine/group_run.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "domain/task_output.hpp"
#include "redis/keys.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <ranges>

namespace vn {

namespace {

constexpr std::size_t tasks_at_once = 256;
constexpr std::size_t bytes_at_once = 1 << 20;
constexpr auto between_counts = std::chrono::milliseconds(100);

// Spreads pauses; I/O thread only.
std::uint32_t some_number()
{
    static std::minstd_rand numbers{std::random_device{}()};
    return static_cast<std::uint32_t>(numbers());
}

std::vector<std::size_t> tasks_of(const std::vector<outgoing_task>& batch)
{
    std::vector<std::size_t> tasks;
    for (const auto& t : batch)
        tasks.push_back(t.attempt.task);
    return tasks;
}

group_progress::limits limits_of(const engine_settings& s)
{
    return {.window_tasks = s.window_tasks,
            .window_bytes = s.window_bytes,
            .losses = s.max_deliveries,
            .retry = {.attempts = static_cast<unsigned>(s.max_attempts),
                      .first_pause = s.retry_base,
                      .longest_pause = s.retry_cap}};
}

} // namespace

group_run::group_run(const run_environment& environment, request_steps& steps, update_box& box,
                     const taken_request& request, std::vector<std::size_t> earlier, std::string name,
                     const hydrated_group& tasks, failure_policy policy, std::optional<new_group> start,
                     clock::time_point& next_renewal)
    : environment_(environment), settings_(environment.settings), steps_(steps), box_(box), request_(request),
      earlier_(std::move(earlier)), group_(earlier_.size()), name_(std::move(name)), tasks_(tasks), policy_(policy),
      start_(std::move(start)), progress_(tasks.task_count(), limits_of(settings_)), results_(tasks.task_count()),
      next_sweep_(clock::now() + settings_.sweep), next_tell_(clock::now() + between_counts),
      next_renewal_(next_renewal)
{}

awaitable<error_code> group_run::begin()
{
    if (!start_)
    {
        begun_ = true;
        std::vector<std::size_t> all(progress_.size());
        std::iota(all.begin(), all.end(), std::size_t(1));
        co_return co_await sweep(std::move(all));
    }
    auto start = std::move(*start_);
    // A document that is large is stored by itself: before the start, that could be by a former owner, over the
    // document of the one that has started the group.
    std::vector<outgoing_task> first;
    if (std::ranges::none_of(std::views::iota(std::size_t(1), progress_.size() + 1), [&](std::size_t t) {
            return tasks_.task_document_bytes(t) > environment_.redis.how().bulk_bytes;
        }))
        first = next_batch();
    auto sent = tasks_of(first);
    auto words = co_await steps_.start_group(group_, name_, progress_.size(), std::move(start), std::move(first));
    if (!words)
        co_return words.error();
    begun_ = true;
    co_return co_await take_sent(std::move(sent), std::move(*words));
}

awaitable<error_code> group_run::run(clock::time_point deadline)
{
    if (!begun_)
        if (auto ec = co_await begin())
            co_return ec;
    while (!is_over())
    {
        if (auto ec = co_await send_ready())
            co_return ec;
        if (is_over())
            break;
        if (!foreign_.empty() || (has_count_to_tell() && clock::now() >= next_tell_))
            if (auto ec = co_await tell_count())
                co_return ec;
        const auto now = clock::now();
        if (now >= deadline)
            co_return errc::timed_out;
        auto wake = std::min({next_sweep_, next_renewal_, deadline, progress_.next_retry().value_or(deadline)});
        if (has_count_to_tell())
            wake = std::min(wake, next_tell_);
        const bool news = co_await box_.news.wait(std::max(wake - now, clock::duration::zero()));
        if (box_.abandoned)
            co_return errc::lost_ownership;
        if (news)
            if (auto ec = co_await take_updates())
                co_return ec;
        if (std::exchange(box_.missed, false) || clock::now() >= next_sweep_)
        {
            if (auto ec = co_await sweep(progress_.outstanding()))
                co_return ec;
            next_sweep_ = clock::now() + settings_.sweep;
        }
        if (clock::now() >= next_renewal_)
        {
            if (auto ec = co_await renew_keys())
                co_return ec;
            next_renewal_ = clock::now() + settings_.request_ttl / 4;
        }
    }
    // The last count is written by the step that ends the group.
    co_return foreign_.empty() ? error_code() : co_await tell_count();
}

bool group_run::is_over() const noexcept
{
    return progress_.is_over() || (policy_ == failure_policy::fail_fast && !progress_.failures().empty());
}

awaitable<error_code> group_run::send_ready()
{
    for (;;)
    {
        auto batch = next_batch();
        if (batch.empty())
            co_return error_code();
        auto sent = tasks_of(batch);
        auto words = co_await steps_.dispatch(group_, name_, std::move(batch));
        if (!words)
            co_return words.error();
        if (auto ec = co_await take_sent(std::move(sent), std::move(*words)))
            co_return ec;
    }
}

std::vector<outgoing_task> group_run::next_batch()
{
    std::size_t bytes = 0;
    std::vector<outgoing_task> batch;
    while (batch.size() < tasks_at_once && bytes < bytes_at_once)
    {
        const auto ready =
            progress_.take_ready(clock::now(), 1, [&](std::size_t t) { return tasks_.task_document_bytes(t); });
        if (ready.empty())
            break;
        const auto t = ready.front().task;
        batch.push_back({ready.front(), tasks_.valuation_name(t), tasks_.task_document(t)});
        bytes += batch.back().document.size();
    }
    return batch;
}

awaitable<error_code> group_run::take_sent(std::vector<std::size_t> tasks, std::vector<std::string> words)
{
    std::vector<std::size_t> done;
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (words[i] == "done")
            done.push_back(tasks[i]);
    co_return co_await take_results(std::move(done));
}

awaitable<error_code> group_run::take_updates()
{
    std::vector<std::size_t> done;
    while (!box_.updates.empty())
    {
        auto u = std::move(box_.updates.front());
        box_.updates.pop_front();
        if (!u.id.empty())
            updates_id_ = u.id;
        if (u.group != group_ || u.task == 0 || u.task > progress_.size())
            continue;
        if (u.requeued)
        {
            progress_.requeued(u.task, u.attempt, tasks_.task_document_bytes(u.task));
            continue;
        }
        if (u.completed)
        {
            if (u.result && results_[u.task - 1].empty() && progress_.completed(u.task))
            {
                results_[u.task - 1] = std::move(*u.result);
                ++judged_here_;
                continue;
            }
            if (!u.ours)
                foreign_.push_back(u.task);
            done.push_back(u.task);
            continue;
        }
        task_failure f{.task = u.task,
                       .attempt = u.attempt,
                       .code = std::move(u.code),
                       .message = std::move(u.error),
                       .at = now_text(),
                       .retryable = u.retryable};
        if (auto ec = co_await take_failure(std::move(f), u.ours))
            co_return ec;
    }
    co_return co_await take_results(std::move(done));
}

awaitable<error_code> group_run::take_results(std::vector<std::size_t> tasks)
{
    std::erase_if(tasks, [&](std::size_t t) { return !results_[t - 1].empty(); });
    auto foreign = std::exchange(foreign_, {});
    std::sort(foreign.begin(), foreign.end());
    if (tasks.empty())
        co_return error_code();
    std::vector<std::string> names;
    names.reserve(tasks.size());
    for (const auto t : tasks)
        names.push_back(redis::keys::task(request_.id, group_, t, "result"));
    auto values = co_await steps_.read(std::move(names));
    if (!values)
        co_return values.error();

    // Our own workers have judged theirs (R9).
    std::vector<std::optional<std::string>> unjudged(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if ((*values)[i] && std::binary_search(foreign.begin(), foreign.end(), tasks[i]))
            unjudged[i] = std::move((*values)[i]);
    std::vector<std::optional<failure>> wrong(tasks.size());
    co_await judge(unjudged, wrong);

    for (std::size_t i = 0; i < tasks.size(); ++i)
    {
        if (wrong[i])
        {
            if (auto ec = co_await reject(tasks[i], std::move(*wrong[i])))
                co_return ec;
            continue;
        }
        auto& result = unjudged[i] ? unjudged[i] : (*values)[i];
        // Without a result nothing changes and nothing is cleaned up; the sweeper finds out what became of the task.
        if (!result || !progress_.completed(tasks[i]))
            continue;
        results_[tasks[i] - 1] = std::move(*result);
        if (!unjudged[i])
            continue;
        foreign_.push_back(tasks[i]);
        ++judged_here_;
    }
    co_return error_code();
}

awaitable<void> group_run::judge(std::vector<std::optional<std::string>>& results,
                                 std::vector<std::optional<failure>>& wrong)
{
    std::size_t bytes = 0;
    for (const auto& r : results)
        bytes += r ? r->size() : 0;
    if (bytes == 0)
        co_return;
    co_await environment_.documents.run(bytes < light_bytes, [&] {
        for (std::size_t i = 0; i < results.size(); ++i)
        {
            if (!results[i])
                continue;
            auto taken = take_valuation(*results[i], environment_.hydration.limits.document);
            if (taken)
                results[i] = std::move(*taken);
            else
                wrong[i] = taken.error();
        }
        return true;
    });
}

awaitable<error_code> group_run::take_failure(task_failure f, bool recorded)
{
    if (!progress_.is_outstanding(f.task) || f.attempt < progress_.attempt_of(f.task))
        co_return error_code();
    if (!recorded)
    {
        auto noted = co_await steps_.record_failure(group_, f, false);
        if (!noted)
            co_return noted.error();
        if (!*noted)
            co_return co_await take_results({f.task});
    }
    log::info("attempt failed", {{"request", request_.id},
                                 {"group", group_},
                                 {"task", f.task},
                                 {"attempt", f.attempt},
                                 {"code", f.code},
                                 {"reason", f.message}});
    progress_.failed(std::move(f), clock::now(), some_number());
    co_return error_code();
}

awaitable<error_code> group_run::reject(std::size_t task, failure why)
{
    log::warning("stored result rejected",
                 {{"request", request_.id}, {"group", group_}, {"task", task}, {"code", why.code}});
    task_failure f{.task = task,
                   .attempt = progress_.attempt_of(task),
                   .code = std::string(name_of(attempt_failure::rejected_result)),
                   .message = why.message,
                   .at = now_text(),
                   .retryable = true};
    auto noted = co_await steps_.record_failure(group_, f, true);
    if (!noted)
        co_return noted.error();
    results_[task - 1].clear();
    judged_here_ = 0; // one of them too few is no harm: all go through the gate then
    progress_.rejected(std::move(f), clock::now(), some_number());
    co_return error_code();
}

awaitable<error_code> group_run::sweep(std::vector<std::size_t> tasks)
{
    if (tasks.empty())
        co_return error_code();
    auto truths = co_await steps_.inspect(group_, tasks);
    if (!truths)
        co_return truths.error();

    std::vector<std::size_t> done;
    for (std::size_t i = 0; i < tasks.size(); ++i)
    {
        const auto t = tasks[i];
        const auto& truth = (*truths)[i];
        if (truth.word == "new")
        {
            // Sent, but Redis does not know of it any more. (If it was not sent yet this changes nothing.)
            progress_.lost(t, clock::now());
            continue;
        }
        progress_.found_outstanding(t, truth.attempt, tasks_.task_document_bytes(t));
        if (truth.word == "done")
            done.push_back(t);
        else if (truth.word == "failed")
        {
            auto f = parse_failure_record(truth.failure)
                         .value_or(task_failure{.code = "task-failed", .message = {}, .at = {}});
            f.task = t;
            f.attempt = truth.attempt;
            if (auto ec = co_await take_failure(std::move(f), true))
                co_return ec;
        }
        else if (truth.word == "overdue")
        {
            task_failure f{.task = t,
                           .attempt = truth.attempt,
                           .code = std::string(name_of(attempt_failure::deadline)),
                           .message = "the worker did not answer in time",
                           .at = now_text(),
                           .retryable = true};
            if (auto ec = co_await take_failure(std::move(f), false))
                co_return ec;
        }
        else if (truth.word == "lost")
        {
            log::warning("task entry lost", {{"request", request_.id}, {"group", group_}, {"task", t}});
            progress_.lost(t, clock::now());
        }
    }
    // Who wrote them is not known here: judged, and cleaned up behind, they are in any case.
    foreign_ = done;
    if (auto ec = co_await take_results(done))
        co_return ec;
    // The key exists, so nobody would ever do the task again, but holds nothing.
    for (const auto t : done)
        if (progress_.is_outstanding(t))
            if (auto ec = co_await reject(t, {.code = "output-empty", .message = "the stored result is empty"}))
                co_return ec;
    co_return error_code();
}

bool group_run::has_count_to_tell() const noexcept
{
    return progress_.done() != told_done_ || progress_.failures().size() != told_failed_;
}

awaitable<error_code> group_run::tell_count()
{
    told_done_ = progress_.done();
    told_failed_ = progress_.failures().size();
    next_tell_ = clock::now() + between_counts;
    constexpr std::size_t at_once = 500;
    do
    {
        const auto n = static_cast<std::ptrdiff_t>(std::min(at_once, foreign_.size()));
        std::vector<std::size_t> slice(foreign_.end() - n, foreign_.end());
        foreign_.resize(foreign_.size() - slice.size());
        if (auto ec = co_await steps_.count(group_, told_done_, told_failed_, updates_id_, std::move(slice)))
            co_return ec;
    } while (!foreign_.empty());
    co_return error_code();
}

awaitable<error_code> group_run::renew_keys()
{
    std::vector<std::string> names{redis::keys::state(request_.id), request_.xml_key,
                                   redis::keys::request(request_.id, "metadata"),
                                   redis::keys::request(request_.id, "document")};
    for (std::size_t g = 0; g <= group_; ++g)
    {
        names.push_back(redis::keys::hydrated_group(request_.id, g));
        names.push_back(redis::keys::group_state(request_.id, g));
    }
    for (std::size_t g = 0; g < group_; ++g)
        for (std::size_t t = 1; t <= earlier_[g]; ++t)
            names.push_back(redis::keys::task(request_.id, g, t, "result"));
    for (std::size_t t = 1; t <= progress_.size(); ++t)
        names.push_back(redis::keys::task(request_.id, group_, t, results_[t - 1].empty() ? "xml" : "result"));
    // A renewal that fails is made up for by the next one: half of the time is still left.
    const auto ec = co_await steps_.renew(std::move(names));
    co_return ec == asio::error::operation_aborted ? ec : error_code();
}

} // namespace vn
