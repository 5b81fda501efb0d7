#include "engine/lifecycle_feed.hpp"

#include "redis/keys.hpp"

namespace vn {

namespace {

constexpr std::size_t entries_at_once = 1000;
// Where they come faster than this, many are read with one answer.
constexpr auto pause_in_rush = std::chrono::milliseconds(2);

} // namespace

lifecycle_feed::lifecycle_feed(asio::any_io_executor ex, const redis::endpoint& where, const redis::settings& s)
    : reader_(std::move(ex), where, s, redis::keys::lifecycle), pause_(s.reconnect_wait)
{}

lifecycle_feed::watch::watch(lifecycle_feed& feed, asio::any_io_executor ex, std::string id)
    : news(std::move(ex)), feed_(feed), place_(feed.watches_.emplace(std::move(id), this))
{}

lifecycle_feed::watch::~watch()
{
    feed_.watches_.erase(place_);
}

void lifecycle_feed::succeeded_here(std::string_view id, std::string_view response)
{
    const auto [from, to] = watches_.equal_range(id);
    for (auto at = from; at != to; ++at)
    {
        at->second->response = response;
        at->second->news.raise();
    }
}

void lifecycle_feed::wake_all()
{
    for (auto& [id, w] : watches_)
        w->news.raise();
}

awaitable<void> lifecycle_feed::run()
{
    for (;;)
    {
        const auto begin = clock::now();
        auto r = co_await reader_.read(entries_at_once);
        if (reader_.take_gap())
            wake_all();
        if (!r)
        {
            co_await pause_for(pause_);
            continue;
        }
        for (const auto& e : redis::read_entries(*r))
        {
            const auto status = request_status_of(e["status"]);
            if (!status || !is_final(*status))
                continue;
            for (const auto& tell : end_handlers_)
                tell(e["requestId"], *status);
            const auto [from, to] = watches_.equal_range(e["requestId"]);
            for (auto at = from; at != to; ++at)
                at->second->news.raise();
        }
        if (clock::now() - begin < pause_in_rush)
            co_await pause_for(pause_in_rush);
    }
}

} // namespace vn
