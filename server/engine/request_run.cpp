#include "engine/request_run.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "core/utf8.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

namespace {

using outcome = result<std::optional<request_failure>>;

constexpr auto nothing_wrong = std::optional<request_failure>();

request_failure because(std::string stage, std::optional<std::size_t> group, failure why)
{
    return {.stage = std::move(stage), .group = group, .why = std::move(why), .tasks = {}};
}

failure expired(const char* what)
{
    return {.code = "input-expired", .message = std::string(what) + " has expired"};
}

// With its deadline as a text, which its tasks get: a state that has none counts from the submission.
taken_request with_deadline(taken_request r, std::chrono::seconds allowed)
{
    const auto now = std::chrono::system_clock::now();
    if (!parse_time(r.deadline))
        r.deadline = time_text(std::min(parse_time(r.submitted_at).value_or(now), now) + allowed);
    return r;
}

// As the response can say it: messages come from programs.
std::vector<task_failure> in_xml(std::vector<task_failure> failed)
{
    constexpr std::size_t message_bytes = 1024;
    for (auto& f : failed)
    {
        f.code = xml_text(f.code, message_bytes);
        f.message = xml_text(f.message, message_bytes);
    }
    return failed;
}

// On the steady clock, which is read last: never before the deadline.
clock::time_point end_of(const taken_request& r)
{
    const auto left = *parse_time(r.deadline) - std::chrono::system_clock::now();
    return clock::now() + std::max<clock::duration>(left, clock::duration::zero());
}

} // namespace

request_run::request_run(asio::any_io_executor ex, const run_environment& e, taken_request r)
    : environment_(e), request_(with_deadline(std::move(r), e.settings.request_deadline)),
      box_(std::move(ex), request_.epoch), deadline_(end_of(request_)),
      steps_(e.redis, e.sent, e.settings, request_, deadline_), next_renewal_(clock::now() + e.settings.request_ttl / 4)
{
    environment_.updates.tell(request_.id, box_);
}

request_run::~request_run()
{
    environment_.updates.forget(request_.id, box_);
}

void request_run::abandon()
{
    box_.abandoned = true;
    box_.news.raise();
}

awaitable<error_code> request_run::run()
{
    const auto ec = co_await work();
    if (ec == errc::lost_ownership)
    {
        redis::command c;
        c.push("EXISTS", keys::state(request_.id));
        auto known = co_await environment_.redis.exec(c);
        if (known && known->number() == 0)
            log::error("request lost: Redis does not know it any more", {{"request", request_.id}});
        else
            log::info("request belongs to another node, or was cancelled", {{"request", request_.id}});
        co_return error_code();
    }
    if (ec && ec != asio::error::operation_aborted)
        log::error("request left for the next owner", {{"request", request_.id}, {"reason", ec.message()}});
    co_return ec;
}

awaitable<error_code> request_run::work()
{
    outcome o = nothing_wrong;
    if (request_.deliveries > environment_.settings.max_deliveries)
        o = because("document", std::nullopt,
                    {.code = "poison", .message = "the request ended the node that ran it again and again"});
    else
        o = co_await open();

    std::string response;
    if (o && !*o)
    {
        for (auto g = finished_.size(); o && !*o && g < document_->group_count(); ++g)
        {
            if (clock::now() >= deadline_)
                o = too_late("hydration", g);
            else
                o = co_await run_group(g);
        }
        if (o && !*o)
        {
            auto made = co_await environment_.documents.run(light_, [&] {
                auto text = document_->response();
                document_.reset(); // a large one takes its time
                return text;
            });
            if (made)
                response = std::move(*made);
            else
                o = because("response", std::nullopt, made.error());
        }
    }
    if (!o && redis::is_damage(o.error()))
        o = because(
            "document", std::nullopt,
            {.code = "unusable", .message = "a key of the request holds something else: " + o.error().message()});
    if (!o)
        co_return o.error();
    const bool ends_documents = environment_.settings.keep_documents == engine_settings::documents::until_request_ends;
    if (!*o)
    {
        std::optional<std::string> shown;
        if (!environment_.redis.is_large(response))
            shown = response;
        const auto ec = co_await steps_.succeed(std::move(response), progress_of_last());
        if (!ec && shown)
            environment_.ends.succeeded_here(request_.id, *shown);
        if (!ec && !environment_.settings.keep_results)
            co_await steps_.forget("result", finished_);
        if (!ec && ends_documents)
            co_await steps_.forget("xml", finished_);
        co_return ec;
    }
    log::info("request failed", {{"request", request_.id}, {"code", (*o)->why.code}, {"reason", (*o)->why.message}});
    const auto ec = co_await steps_.fail(std::move(**o), progress_of_last());
    // Those of the group that has failed are withdrawn with its tasks.
    if (!ec && ends_documents)
        co_await steps_.forget("xml", finished_);
    co_return ec;
}

last_group request_run::progress_of_last() const
{
    if (last_)
        return *last_;
    // A group that a former owner had started ends with the request, whatever became of it here.
    const auto started = static_cast<std::size_t>(request_.current_group + 1);
    if (started > finished_.size())
        return {.started = started, .status = "failed"};
    last_group last{.started = finished_.size()};
    if (!finished_.empty())
    {
        last.status = "completed";
        last.completed = finished_.back() - failed_.size();
        last.failed = failed_.size();
    }
    return last;
}

request_failure request_run::too_late(std::string stage, std::optional<std::size_t> group) const
{
    return because(std::move(stage), group,
                   {.code = "request-deadline", .message = "the time for the request is over"});
}

awaitable<result<std::optional<std::string>>> request_run::read_payload()
{
    // A producer may make it visible a little after the entry.
    const auto end = std::min(clock::now() + environment_.settings.payload_wait, deadline_);
    for (auto pause = std::chrono::milliseconds(10);; pause = std::min(pause * 2, std::chrono::milliseconds(500)))
    {
        auto r = co_await steps_.read({request_.xml_key});
        if (!r)
            co_return r.error();
        if (r->front() || clock::now() >= end)
            co_return std::move(r->front());
        co_await pause_for(pause);
    }
}

awaitable<outcome> request_run::open()
{
    result<std::optional<std::string>> payload = std::optional(std::move(request_.payload));
    if ((*payload)->empty())
        payload = co_await read_payload();
    if (!payload && payload.error() == make_error_code(redis::errc::wrongtype))
        co_return because("document", std::nullopt,
                          {.code = "payload-missing", .message = "the payload's key holds something else"});
    if (!payload)
        co_return payload.error();
    if (!*payload)
        co_return because("document", std::nullopt,
                          {.code = "payload-missing", .message = "the payload of the request is not in Redis"});

    std::string bytes = std::move(**payload);
    payload->reset();
    light_ = is_light(bytes);
    if (request_.status != "received")
    {
        std::string source = std::move(bytes);
        if (!request_.document_key.empty())
        {
            auto stored = co_await steps_.read({request_.document_key});
            if (!stored)
                co_return stored.error();
            if (!stored->front())
                co_return because("document", std::nullopt, expired("the document"));
            source = std::move(*stored->front());
        }
        auto restored = co_await environment_.documents.run(light_, [&] {
            auto read = valuation_document::restore(source, environment_.hydration);
            std::string().swap(source); // its memory, too: assignment would keep it
            return read;
        });
        if (!restored)
            co_return because("document", std::nullopt, restored.error());
        document_ = std::move(*restored);
        // After a retry; else it changes nothing.
        if (auto ec = co_await steps_.start(document_->group_count(), {}))
            co_return ec;
        co_return co_await rebuild();
    }

    std::string changed;
    auto opened = co_await environment_.documents.run(light_, [&] {
        auto read = valuation_document::read(bytes, environment_.hydration);
        std::string().swap(bytes); // its memory, too: assignment would keep it
        if (read && read->changed_by_initial_pass())
            changed = read->serialise();
        return read;
    });
    if (!opened)
        co_return because("document", std::nullopt, opened.error());
    document_ = std::move(*opened);
    if (light_ && changed.empty() && document_->group_count() > 0)
    {
        steps_.start_with_group(document_->group_count());
        co_return nothing_wrong;
    }
    if (auto ec = co_await steps_.start(document_->group_count(), std::move(changed)))
        co_return ec;
    co_return nothing_wrong;
}

// The groups that were done come back from what was stored: they are never hydrated again (R6).
awaitable<outcome> request_run::rebuild()
{
    for (std::size_t g = 0; static_cast<long long>(g) <= request_.current_group; ++g)
    {
        auto stored = co_await steps_.read({keys::hydrated_group(request_.id, g)});
        if (!stored)
            co_return stored.error();
        if (!stored->front())
            co_return because("document", g, expired("a stored group"));
        const std::string bytes = std::move(*stored->front());
        auto group = co_await environment_.documents.run(light_, [&] { return hydrated_group::restore(bytes); });
        if (!group)
            co_return because("document", g, group.error());

        if (static_cast<long long>(g) == request_.current_group)
        {
            restored_ = std::move(*group);
            break;
        }
        auto failed = co_await steps_.failed_tasks(g);
        if (!failed)
            co_return failed.error();
        const auto without = in_xml(std::move(*failed));
        std::vector<std::string> names;
        for (std::size_t t = 1; t <= group->task_count(); ++t)
            names.push_back(keys::task(request_.id, g, t, "result"));
        auto values = co_await steps_.read(std::move(names));
        if (!values)
            co_return values.error();
        std::vector<std::string> results;
        for (const auto& f : without)
            if (f.task > 0 && f.task <= values->size())
                (*values)[f.task - 1] = std::string(); // also if a result of it came later
        for (auto& v : *values)
        {
            if (!v)
                co_return because("document", g, expired("a task result"));
            results.push_back(std::move(*v));
        }
        weigh(results);
        auto put = co_await environment_.documents.run(
            light_, [&] { return document_->complete(g, *group, results, without); });
        if (!put)
            co_return because("document", g, std::move(put.error().why));
        finished_.push_back(results.size());
    }
    co_return nothing_wrong;
}

// With what its tasks gave back a light document becomes a heavy one.
void request_run::weigh(const std::vector<std::string>& results)
{
    std::size_t bytes = 0;
    for (const auto& r : results)
        bytes += r.size();
    light_ = light_ && bytes < light_bytes;
}

awaitable<outcome> request_run::run_group(std::size_t g)
{
    if (restored_)
    {
        auto group = std::move(*restored_);
        restored_.reset();
        co_return co_await value(g, group, std::nullopt);
    }
    std::string stored;
    auto hydrated = co_await environment_.documents.run(light_, [&] {
        auto group = document_->hydrate(g);
        if (group)
        {
            document_->end_hydration(g);
            stored = group->serialise();
        }
        return group;
    });
    if (!hydrated)
        co_return because("hydration", g, hydrated.error());

    if (clock::now() >= deadline_)
        co_return too_late("hydration", g);
    new_group start{.hydrated = std::move(stored), .without = failed_};
    co_return co_await value(g, *hydrated, std::move(start));
}

// Those that were dropped, for a task that is to be sent again.
awaitable<outcome> request_run::read_documents(std::size_t g, hydrated_group& tasks)
{
    if (light_)
        co_return nothing_wrong;
    auto stored = co_await steps_.read({keys::hydrated_group(request_.id, g)});
    if (!stored)
        co_return stored.error();
    if (!stored->front())
        co_return because("tasks", g, expired("a stored group"));
    auto group = co_await environment_.documents.run(light_, [&] { return hydrated_group::restore(*stored->front()); });
    if (!group)
        co_return because("tasks", g, group.error());
    tasks = std::move(*group);
    co_return nothing_wrong;
}

awaitable<outcome> request_run::value(std::size_t g, hydrated_group& tasks, std::optional<new_group> start)
{
    const auto policy = document_->on_failure(g).value_or(environment_.settings.on_failure);
    group_run group(environment_, steps_, box_, request_, finished_, document_->group_name(g), tasks, policy,
                    std::move(start), next_renewal_);
    std::vector<task_failure> failed;
    for (;;)
    {
        const auto ec = co_await group.run(deadline_);
        const auto& progress = group.progress();
        failed = progress.failures();
        std::sort(failed.begin(), failed.end(), [](auto& a, auto& b) { return a.task < b.task; });
        if (group.is_started())
            last_ =
                last_group{.started = g + 1, .status = "failed", .completed = progress.done(), .failed = failed.size()};
        if (ec == errc::timed_out)
        {
            auto f = too_late("tasks", g);
            f.tasks = std::move(failed);
            co_return f;
        }
        if (ec)
            co_return ec;
        if (!failed.empty() && policy != failure_policy::go_on)
        {
            auto f = because("tasks", g,
                             {.code = "task-failed",
                              .message = std::to_string(failed.size()) + " of " + std::to_string(progress.size()) +
                                         " tasks failed"});
            f.tasks = std::move(failed);
            co_return f;
        }

        weigh(group.results());
        if (!light_)
            tasks.drop_documents();
        const auto without = in_xml(failed);
        auto put = co_await environment_.documents.run(
            light_, [&] { return document_->complete(g, tasks, group.results(), without, group.has_judged_all()); });
        if (put)
            break;
        const auto task = put.error().task;
        if (task == 0)
            co_return because("tasks", g, std::move(put.error().why));
        if (auto rejected = co_await group.reject(task, std::move(put.error().why)))
            co_return rejected;
        if (auto again = co_await read_documents(g, tasks); !again || *again)
            co_return again;
    }
    last_.reset();
    failed_ = std::move(failed);
    finished_.push_back(tasks.task_count());
    co_return nothing_wrong;
}

} // namespace vn
