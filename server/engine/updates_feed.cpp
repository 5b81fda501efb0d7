#include "engine/updates_feed.hpp"

#include "core/log.hpp"
#include "core/number_text.hpp"
#include "redis/keys.hpp"

namespace vn {

namespace {

constexpr std::size_t entries_at_once = 1000;
// Between two looks while this node writes most of what comes.
constexpr auto own_pause = std::chrono::milliseconds(5);

// The first of the names that is there.
std::string_view either(const redis::stream_entry& e, std::initializer_list<std::string_view> names)
{
    for (const auto name : names)
        if (const auto value = e[name]; !value.empty())
            return value;
    return {};
}

} // namespace

bool parse_update(const redis::stream_entry& e, task_update& out)
{
    const auto status = either(e, {"status"});
    out.completed = status == "completed" || status == "succeeded";
    out.requeued = status == "requeued";
    if (!out.completed && !out.requeued && status != "failed")
        return false;
    const auto group = parse_number<std::size_t>(either(e, {"groupIdx", "groupIndex"}));
    const auto task = parse_number<std::size_t>(e["taskId"]);
    if (!group || !task)
        return false;
    out.group = *group;
    out.task = *task;
    out.attempt = parse_number<int>(either(e, {"attempt", "attempts"})).value_or(1);
    out.id = e.id;
    out.ours = !e["node"].empty();
    out.code = either(e, {"code"});
    if (out.code.empty())
        out.code = "task-failed";
    out.error = either(e, {"result", "error"});
    out.retryable = e["retryable"] != "no";
    return true;
}

update_box::update_box(asio::any_io_executor ex, std::string_view epoch)
    : news(std::move(ex)), taken_(std::string(epoch) + "-18446744073709551615")
{}

updates_feed::updates_feed(asio::any_io_executor ex, std::string node, const redis::endpoint& where,
                           const redis::settings& s)
    : node_(std::move(node)), reader_(std::move(ex), where, s, redis::keys::updates), pause_(s.reconnect_wait)
{}

void updates_feed::tell(std::string id, update_box& box)
{
    boxes_.insert_or_assign(std::move(id), &box);
}

void updates_feed::forget(std::string_view id, const update_box& box)
{
    if (const auto at = boxes_.find(id); at != boxes_.end() && at->second == &box)
        boxes_.erase(at);
}

void updates_feed::hand_over(std::string_view id, task_update u)
{
    const auto box = boxes_.find(id);
    if (box == boxes_.end())
        return;
    box->second->updates.push_back(std::move(u));
    box->second->news.raise();
}

// What was read.
void updates_feed::take_in(std::string_view id, task_update u)
{
    if (const auto box = boxes_.find(id); box != boxes_.end() && !box->second->is_old(u))
        hand_over(id, std::move(u));
}

void updates_feed::wrote(std::string_view from, std::string_view to)
{
    reader_.skip(from, to);
    wrote_ = wrote_ || reader_.position() == to;
}

awaitable<void> updates_feed::run()
{
    for (;;)
    {
        // A read that waits would be answered with the next that this node writes.
        const bool waits = !std::exchange(wrote_, false);
        auto r = co_await reader_.read(entries_at_once, waits);
        if (reader_.take_gap())
            for (auto& [id, box] : boxes_)
            {
                box->missed = true;
                box->news.raise();
            }
        if (!r)
        {
            co_await pause_for(pause_);
            continue;
        }
        const auto entries = redis::read_entries(*r);
        std::vector<std::pair<std::string, task_update>> ours;
        for (const auto& e : entries)
        {
            task_update u;
            const auto id = e["requestId"];
            if (!boxes_.contains(id) || !parse_update(e, u))
                continue;
            if (e["node"] == node_)
                ours.emplace_back(id, std::move(u));
            else
                take_in(id, std::move(u));
        }
        if (ours.empty() && waits)
            continue;
        // Whoever has written them hands them over as well, with the results.
        co_await pause_for(own_pause);
        for (auto& [id, u] : ours)
            take_in(id, std::move(u));
    }
}

} // namespace vn
