#include "engine/request_control.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "engine/withdrawal.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

namespace {

constexpr std::size_t keys_at_once = 500;
constexpr std::size_t groups_at_once = 200;

result<control_answer> answer_of(const result<redis::reply>& r)
{
    if (!r)
        return r.error();
    const auto words = r->items();
    if (words.size() != 2)
        return make_error_code(errc::protocol);
    return control_answer{.word = words[0].string(), .status = words[1].string()};
}

} // namespace

awaitable<result<control_answer>> request_control::cancel(std::string id, operator_call who)
{
    redis::arguments args;
    args << id << settings_.request_ttl.count() << event_bounds(settings_);
    add_caller(args, who, settings_);
    const auto r = co_await redis_.run(redis::scripts::cancel, args);
    if (r)
        co_await withdraw_rest(redis_);
    auto answer = answer_of(r);
    if (!answer || answer->word != "cancelled")
        co_return answer;
    log::info("request cancelled by a call", {{"request", id}, {"user", who.user}, {"call", who.name}});
    if (!settings_.keep_results)
        co_await forget(id, "result");
    if (settings_.keep_documents == engine_settings::documents::until_request_ends)
        co_await forget(id, "xml");
    co_return answer;
}

awaitable<result<control_answer>> request_control::retry(std::string id, std::string dead_entry, operator_call who)
{
    auto kept = co_await keep_results(id);
    if (!kept)
        co_return kept.error();
    if (!*kept)
        co_return control_answer{.word = "expired", .status = "failed"};
    const auto allowed = co_await allowed_time(id);
    if (!allowed)
        co_return allowed.error();
    const auto deadline = std::chrono::system_clock::now() + *allowed;
    redis::arguments args;
    args << id << settings_.request_ttl.count() << key_ttl_while_running(settings_, *allowed).count()
         << event_bounds(settings_) << settings_.max_backlog << time_text(deadline) << ms_since_1970(deadline)
         << dead_entry;
    add_caller(args, who, settings_);
    auto r = co_await redis_.run(redis::scripts::retry, args);
    auto answer = answer_of(r);
    if (answer && answer->word == "unclean")
    {
        if (const auto ec = co_await clean_group(id))
            co_return ec;
        r = co_await redis_.run(redis::scripts::retry, args);
        answer = answer_of(r);
    }
    if (answer && answer->word == "unclean")
        co_return errc::protocol;
    if (answer && answer->word == "accepted")
        log::info("request retried", {{"request", id}, {"user", who.user}, {"call", who.name}});
    co_return answer;
}

awaitable<error_code> request_control::clean_group(const std::string& id)
{
    std::string cursor = "0";
    do
    {
        redis::arguments args;
        args << id << cursor;
        const auto r = co_await redis_.run(redis::scripts::clean_group, args);
        if (!r)
            co_return r.error();
        cursor = r->text();
    } while (cursor != "0");
    co_return error_code();
}

// As much as its submitter gave it: its time begins again.
awaitable<result<std::chrono::system_clock::duration>> request_control::allowed_time(const std::string& id)
{
    redis::command c;
    c.push("HMGET", keys::state(id), "submittedAt", "retriedAt", "deadline");
    const auto r = co_await redis_.exec(c);
    if (!r)
        co_return r.error();
    const auto f = r->items();
    if (f.size() != 3)
        co_return errc::protocol;
    const auto begin = parse_time(f[1].is_null() ? f[0].text() : f[1].text());
    const auto deadline = parse_time(f[2].text());
    if (!begin || !deadline || *deadline <= *begin)
        co_return settings_.request_deadline;
    co_return std::min<std::chrono::system_clock::duration>(*deadline - *begin, settings_.highest_deadline);
}

awaitable<result<std::vector<request_control::group_size>>> request_control::sizes(const std::string& id)
{
    redis::command last;
    last.push("HGET", keys::state(id), "currentGroup");
    const auto current = co_await redis_.exec(last);
    if (!current)
        co_return current.error();
    const auto groups = static_cast<std::size_t>(std::clamp(current->number(-1), -1LL, keys::most_groups - 1) + 1);
    std::vector<group_size> found;
    for (std::size_t from = 0; from < groups; from += groups_at_once)
    {
        redis::command c;
        for (auto g = from; g < std::min(from + groups_at_once, groups); ++g)
            c.push("HMGET", keys::group_state(id, g), "expected", "vn:without");
        const auto r = co_await redis_.exec(c);
        if (!r)
            co_return r.error();
        for (const auto& one : r->all())
        {
            const auto f = one.items();
            if (f.size() != 2)
                co_return errc::protocol;
            const auto tasks = static_cast<std::size_t>(std::max(f[0].number(), 0LL));
            // Those that it went on without, with commas between.
            const auto list = f[1].text();
            const auto without = static_cast<std::size_t>(std::ranges::count(list, ',')) + !list.empty();
            found.push_back({.tasks = tasks, .results = tasks - std::min(without, tasks)});
        }
    }
    co_return found;
}

awaitable<result<bool>> request_control::keep_results(const std::string& id)
{
    redis::command c;
    c.push("HGET", keys::state(id), "status");
    const auto status = co_await redis_.exec(c);
    if (!status)
        co_return status.error();
    if (status->text() != "failed")
        co_return true; // the script says why not
    const auto groups = co_await sizes(id);
    if (!groups)
        co_return groups.error();
    for (std::size_t g = 0; g < groups->size(); ++g)
    {
        const auto there = co_await renew(id, g, (*groups)[g].tasks);
        if (!there)
            co_return there.error();
        // Of the last group those are missing that are to be made.
        if (g + 1 < groups->size() && *there < (*groups)[g].results)
            co_return false;
    }
    co_return true;
}

awaitable<result<std::size_t>> request_control::renew(const std::string& id, std::size_t group, std::size_t tasks)
{
    std::size_t there = 0;
    for (std::size_t from = 1; from <= tasks; from += keys_at_once)
    {
        redis::command c;
        for (auto t = from; t < std::min(from + keys_at_once, tasks + 1); ++t)
            c.push("EXPIRE", keys::task(id, group, t, "result"), settings_.request_ttl.count());
        const auto r = co_await redis_.exec(c);
        if (!r)
            co_return r.error();
        for (const auto& one : r->all())
            there += one.number() == 1;
    }
    co_return there;
}

// What Redis does not answer is left to the TTL.
awaitable<void> request_control::forget(const std::string& id, const std::string& what)
{
    const auto groups = co_await sizes(id);
    for (std::size_t g = 0; groups && g < groups->size(); ++g)
        for (std::size_t from = 1; from <= (*groups)[g].tasks; from += keys_at_once)
        {
            redis::command c;
            for (auto t = from; t < std::min(from + keys_at_once, (*groups)[g].tasks + 1); ++t)
                c.push("UNLINK", keys::task(id, g, t, what));
            co_await redis_.exec(c);
        }
}

} // namespace vn
