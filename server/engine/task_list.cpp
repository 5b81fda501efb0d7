#include "engine/task_list.hpp"

#include "core/time_text.hpp"
#include "engine/failure_record.hpp"

namespace vn {

namespace {

constexpr std::size_t looked_at_once = 2'000; // by one script, which nobody can run beside
constexpr int scripts_at_most = 100;

} // namespace

task_view task_lists::view_of(const std::vector<redis::value>& parts, bool over) const
{
    task_view v{.task = static_cast<std::size_t>(parts[0].number()),
                .state = "queued",
                .attempt = static_cast<int>(parts[2].number()),
                .node = {},
                .since = {},
                .next_attempt = {},
                .last_failure = parse_failure_record(parts[7].text())};
    const auto word = parts[1].text();
    if (word == "completed")
        v.state = "completed";
    else if (over)
        v.state = word == "failed" ? "failed" : "cancelled";
    else if (word == "lost")
        v.state = "lost";
    else if (word == "running")
    {
        v.state = "running";
        v.node = parts[3].text();
        if (v.node.starts_with("vn-"))
            v.node.erase(0, 3);
        v.heard_ms = parts[4].number();
        v.deliveries = static_cast<int>(parts[5].number());
    }
    else if (word == "failed")
    {
        const auto& f = v.last_failure;
        const bool retried = f && f->retryable && v.attempt < settings_.max_attempts;
        v.state = retried ? "waiting-for-retry" : "failed";
        const auto at = retried ? parse_time(f->at) : std::nullopt;
        if (at)
            v.next_attempt =
                time_text(*at + longest_pause_after(static_cast<unsigned>(v.attempt),
                                                    {.attempts = static_cast<unsigned>(settings_.max_attempts),
                                                     .first_pause = settings_.retry_base,
                                                     .longest_pause = settings_.retry_cap}));
    }
    if (parts[6].number() > 0)
        v.since = time_text(std::chrono::system_clock::time_point(std::chrono::milliseconds(parts[6].number())));
    return v;
}

awaitable<result<task_page>> task_lists::read(task_query q)
{
    task_page page;
    page.next = q.from;
    for (int scripts = 0; scripts < scripts_at_most && page.next > 0 && page.tasks.size() < q.limit; ++scripts)
    {
        redis::arguments args;
        args << q.id << q.group << page.next << q.limit - page.tasks.size() << looked_at_once
             << (q.all ? "all" : "open");
        auto r = co_await redis_.run(redis::scripts::task_states, args);
        if (!r)
            co_return r.error();
        const auto items = r->items();
        if (items.empty())
            co_return errc::protocol;
        page.next = static_cast<std::size_t>(items[0].number());
        for (std::size_t i = 1; i < items.size(); ++i)
            if (const auto parts = items[i].items(); parts.size() == 8)
                page.tasks.push_back(view_of(parts, q.over));
    }
    co_return page;
}

} // namespace vn
