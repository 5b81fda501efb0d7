#include "engine/request_steps.hpp"

#include "core/time_text.hpp"
#include "engine/withdrawal.hpp"
#include "redis/keys.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace vn {

namespace keys = redis::keys;

namespace {

// As the state says it, for the scripts of every node.
std::string_view kept_documents(engine_settings::documents kept)
{
    switch (kept)
    {
    case engine_settings::documents::until_request_ends:
        return "request";
    case engine_settings::documents::until_ttl:
        return "ttl";
    case engine_settings::documents::until_task_ends:
        break;
    }
    return "";
}

bool may_try_again(error_code ec)
{
    return ec && redis::is_transient(ec) && ec != asio::error::operation_aborted;
}

error_code error_of(error_code ec)
{
    return ec;
}

template <class T>
error_code error_of(const result<T>& r)
{
    return r ? error_code() : r.error();
}

// Tries until Redis has answered for good, or until the time is over.
template <class Attempt>
auto insist(Attempt attempt, clock::time_point end = clock::time_point::max()) -> std::invoke_result_t<Attempt&>
{
    for (int tries = 0;; ++tries)
    {
        auto r = co_await attempt();
        if (!may_try_again(error_of(r)))
            co_return r;
        if (clock::now() >= end)
            co_return errc::timed_out;
        co_await pause_for(redis::pause_before_retry(tries));
    }
}

void append(redis::arguments& args, std::vector<outgoing_task> tasks)
{
    for (auto& t : tasks)
        args << t.attempt.task << t.attempt.number << t.valuation_name << (t.attempt.again ? "yes" : "")
             << std::move(t.document);
}

} // namespace

request_steps::request_steps(redis::client& redis, sent_documents& sent, const engine_settings& s,
                             const taken_request& r, clock::time_point deadline)
    : redis_(redis), sent_(sent), settings_(s), request_(r), deadline_(deadline)
{}

awaitable<result<redis::reply>> request_steps::run(const redis::script& s, const redis::arguments& args)
{
    co_return co_await insist([&] { return redis_.run(s, args); });
}

awaitable<error_code> request_steps::guarded(const redis::script& s, redis::arguments args)
{
    auto r = co_await run(s, args);
    if (!r)
        co_return r.error();
    co_return r->number() == 1 ? error_code() : errc::lost_ownership;
}

awaitable<error_code> request_steps::set_apart(std::string_view what, std::string& text)
{
    const auto unique = request_.id + ":" + request_.epoch + ":" + std::string(what);
    co_return co_await insist([&] { return redis_.set_apart_if_large(unique, text, redis::client::room::always); });
}

awaitable<error_code> request_steps::start(std::size_t groups, std::string document)
{
    if (const auto ec = co_await set_apart("document", document))
        co_return ec;
    redis::arguments args;
    args << request_.id << request_.epoch << now_text() << settings_.request_ttl.count() << event_bounds(settings_)
         << groups << std::move(document) << kept_documents(settings_.keep_documents);
    co_return co_await guarded(redis::scripts::start_request, std::move(args));
}

awaitable<result<std::vector<std::string>>> request_steps::start_group(std::size_t g, std::string name,
                                                                       std::size_t tasks, new_group start,
                                                                       std::vector<outgoing_task> first)
{
    std::string without;
    for (const auto& f : start.without)
        without += (without.empty() ? "" : ",") + std::to_string(f.task);

    if (const auto ec = co_await set_apart("group:" + std::to_string(g), start.hydrated))
        co_return ec;
    const auto count = first.size();
    redis::arguments args;
    args << request_.id << request_.epoch << now_text() << settings_.request_ttl.count() << event_bounds(settings_) << g
         << name << tasks << std::move(start.hydrated) << std::move(without) << (unstarted_ ? std::to_string(*unstarted_) : "")
         << kept_documents(settings_.keep_documents) << "" << request_.deadline << task_event_bounds(settings_);
    append(args, std::move(first));
    auto words = co_await send(redis::scripts::start_group, std::move(args), g, count);
    if (words)
        unstarted_.reset();
    co_return words;
}

// A full Redis takes no new task (R1): the request waits for room, but not beyond its time.
awaitable<result<std::vector<std::string>>> request_steps::send(const redis::script& s, redis::arguments args,
                                                                std::size_t g, std::size_t count)
{
    auto r = co_await insist([&] { return redis_.run(s, args); }, deadline_);
    if (!r)
        co_return r.error();
    std::vector<std::string> words;
    for (const auto& word : r->items())
        words.push_back(word.string());
    if (words.size() != count || std::ranges::find(words, "lost") != words.end())
        co_return errc::lost_ownership;
    remember_sent(args, g, words);
    co_return words;
}

// Not before: a run that has lost its request without knowing it may have prepared other documents.
void request_steps::remember_sent(const redis::arguments& args, std::size_t g, const std::vector<std::string>& words)
{
    constexpr std::size_t each = 5;
    const std::span task(args.list().end() - static_cast<std::ptrdiff_t>(each * words.size()), args.list().end());
    for (std::size_t i = 0; i < words.size(); ++i)
    {
        const auto& document = task[each * i + 4];
        if (words[i] == "sent" && !redis::keys::is_part(document))
            sent_.add(keys::tasks_of(request_.id) + std::to_string(g) + ":" + task[each * i] + ":xml", document);
    }
}

awaitable<result<std::vector<task_failure>>> request_steps::failed_tasks(std::size_t g)
{
    const auto key = keys::group_state(request_.id, g);
    redis::command get;
    get.push("HGET", key, "vn:without");
    auto listed = co_await insist([&] { return redis_.exec(get); });
    if (!listed)
        co_return listed.error();
    std::vector<task_failure> failed;
    for (auto rest = listed->text(); !rest.empty();)
    {
        const auto number = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(number.size() + 1, rest.size()));
        std::size_t task = 0;
        std::from_chars(number.data(), number.data() + number.size(), task);
        failed.push_back({.task = task, .code = {}, .message = {}, .at = {}});
    }

    constexpr std::size_t at_once = 500;
    for (std::size_t from = 0; from < failed.size(); from += at_once)
    {
        const auto to = std::min(from + at_once, failed.size());
        redis::command records;
        for (auto i = from; i < to; ++i)
            records.push("HGET", key, "vn:" + std::to_string(failed[i].task) + ":failure");
        auto r = co_await insist([&] { return redis_.exec(records); });
        if (!r)
            co_return r.error();
        const auto texts = r->all();
        for (auto i = from; i < to && i - from < texts.size(); ++i)
        {
            const auto task = failed[i].task;
            failed[i] = parse_failure_record(texts[i - from].text())
                            .value_or(task_failure{.code = "task-failed", .message = {}, .at = {}});
            failed[i].task = task;
        }
    }
    co_return failed;
}

awaitable<result<std::vector<std::string>>> request_steps::dispatch(std::size_t g, std::string group_name,
                                                                    std::vector<outgoing_task> tasks)
{
    // A full Redis takes no new task (R1): the request waits for room, but not beyond its time.
    for (auto& t : tasks)
    {
        const auto unique = request_.id + ":" + request_.epoch + ":task:" + std::to_string(g) + ":" +
                            std::to_string(t.attempt.task) + ":" + std::to_string(t.attempt.number);
        const auto ec = co_await insist(
            [&] { return redis_.set_apart_if_large(unique, t.document, redis::client::room::refused_if_full); },
            deadline_);
        if (ec)
            co_return ec;
    }

    const auto count = tasks.size();
    redis::arguments args;
    args << request_.id << request_.epoch << g << group_name << settings_.request_ttl.count() << "" << request_.deadline
         << task_event_bounds(settings_);
    append(args, std::move(tasks));
    co_return co_await send(redis::scripts::dispatch, std::move(args), g, count);
}

awaitable<error_code> request_steps::count(std::size_t g, std::size_t completed, std::size_t failed,
                                           std::string updates_id, std::vector<std::size_t> foreign)
{
    redis::arguments args;
    args << request_.id << request_.epoch << g << completed << failed << updates_id << settings_.request_ttl.count();
    for (const auto t : foreign)
        args << t;
    co_return co_await guarded(redis::scripts::count, std::move(args));
}

awaitable<result<bool>> request_steps::record_failure(std::size_t g, task_failure f, bool reject)
{
    redis::arguments args;
    args << request_.id << request_.epoch << g << f.task << f.attempt << failure_record(f, g)
         << (reject ? "yes" : "no");
    auto r = co_await run(redis::scripts::record_failure, args);
    if (!r)
        co_return r.error();
    if (r->text() == "lost")
        co_return errc::lost_ownership;
    co_return r->text() == "recorded";
}

awaitable<result<std::vector<task_truth>>> request_steps::inspect(std::size_t g, std::vector<std::size_t> tasks)
{
    constexpr std::size_t at_once = 500;
    std::vector<task_truth> truths;
    truths.reserve(tasks.size());
    for (std::size_t from = 0; from < tasks.size(); from += at_once)
    {
        redis::arguments args;
        args << request_.id << g << settings_.task_timeout.count();
        for (auto i = from; i < std::min(from + at_once, tasks.size()); ++i)
            args << tasks[i];
        auto r = co_await run(redis::scripts::inspect, args);
        if (!r)
            co_return r.error();
        for (const auto& item : r->items())
        {
            const auto parts = item.items();
            if (parts.size() != 3)
                co_return errc::protocol;
            truths.push_back({parts[0].string(), static_cast<int>(parts[1].number()), parts[2].string()});
        }
    }
    if (truths.size() != tasks.size())
        co_return errc::protocol;
    co_return truths;
}

awaitable<error_code> request_steps::succeed(std::string response, last_group last)
{
    return end({.status = "succeeded", .document = std::move(response), .detail = {}, .dead = {}}, last);
}

awaitable<error_code> request_steps::fail(request_failure f, last_group last)
{
    // Entries that could not be used are kept, for those who put them there.
    const bool unusable = f.why.code == "payload-missing" || f.why.code == "poison" || f.why.code == "unusable";
    return end({.status = "failed",
                .document = failure_document(request_.id, f),
                .detail = failure_document(request_.id, f, 0),
                .dead = unusable ? f.why.code : std::string()},
               last);
}

awaitable<error_code> request_steps::end(ending e, last_group last)
{
    if (unstarted_)
        if (const auto ec = co_await start(*unstarted_, {}))
            co_return ec;
    if (const auto ec = co_await set_apart(e.status, e.document))
        co_return ec;
    redis::arguments args;
    args << request_.id << request_.epoch << e.status << now_text() << settings_.request_ttl.count()
         << event_bounds(settings_) << std::move(e.document) << std::move(e.detail) << last.started << last.status
         << last.completed << last.failed << e.dead << settings_.dead_length << settings_.node;
    const auto ec = co_await guarded(redis::scripts::end_request, std::move(args));
    if (!ec && e.status == "failed")
        co_await withdraw_rest(redis_);
    co_return ec;
}

awaitable<void> request_steps::forget(std::string what, std::vector<std::size_t> groups)
{
    constexpr std::size_t at_once = 500;
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (std::size_t from = 1; from <= groups[g]; from += at_once)
        {
            redis::command c;
            for (auto t = from; t < std::min(from + at_once, groups[g] + 1); ++t)
                c.push("UNLINK", keys::task(request_.id, g, t, what));
            co_await redis_.exec(c);
        }
}

awaitable<result<std::vector<std::optional<std::string>>>> request_steps::read(std::vector<std::string> names)
{
    co_return co_await insist([&] { return redis_.get_all(names); });
}

awaitable<error_code> request_steps::renew(std::vector<std::string> keys)
{
    constexpr std::size_t at_once = 500;
    for (std::size_t from = 0; from < keys.size(); from += at_once)
    {
        redis::command c;
        for (auto i = from; i < std::min(from + at_once, keys.size()); ++i)
        {
            const bool is_state = keys[i].starts_with("state:");
            c.push("EXPIRE", keys[i], settings_.request_ttl.count() * (is_state ? 2 : 1), "GT");
        }
        auto r = co_await redis_.exec(c);
        if (!r)
            co_return r.error();
    }
    co_return error_code();
}

} // namespace vn
