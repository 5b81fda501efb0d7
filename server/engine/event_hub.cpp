#include "engine/event_hub.hpp"

#include "core/log.hpp"
#include "engine/event_replay.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace {

constexpr auto retry_pause = std::chrono::milliseconds(100); // Redis does not answer
constexpr auto replay_pause = std::chrono::milliseconds(25); // the channel is not there yet
constexpr auto drain_pause = std::chrono::milliseconds(1);
// One that takes nothing for so long is on its own; and all others have so long for what came at once.
constexpr auto longest_standstill = std::chrono::milliseconds(50);
constexpr auto longest_drain = std::chrono::milliseconds(250);

awaitable<bool> is_ended()
{
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return stopping(state);
}

} // namespace

event_hub::event_hub(asio::any_io_executor ex, task_group& group, redis::client& redis, const redis::endpoint& where,
                     const redis::settings& s, event_hub_settings hub)
    : alerts_(ex), group_(group), store_(redis), settings_(hub),
      subscriber_(
          ex, where, s,
          [this] {
              for (auto& [user, channel] : channels_)
                  channel->interrupted();
          },
          [this](std::string_view channel) { confirmed(channel); },
          [this](std::string_view channel, std::string_view text) { heard(channel, text); })
{}

event_hub::channel_ptr event_hub::find(std::string_view channel) const
{
    if (!channel.starts_with(redis::keys::event_channel_prefix))
        return nullptr;
    const auto at = channels_.find(channel.substr(redis::keys::event_channel_prefix.size()));
    return at == channels_.end() ? nullptr : at->second;
}

std::shared_ptr<event_listener> event_hub::create(event_filter filter)
{
    auto* made = new event_listener(alerts_, settings_.queue, std::move(filter), counts_);
    return std::shared_ptr<event_listener>(made, [this](event_listener* gone) {
        leave(*gone);
        delete gone;
    });
}

void event_hub::attach(const std::shared_ptr<event_listener>& l, const std::string& user,
                       std::optional<event_start> start)
{
    auto& channel = channels_[user];
    const bool is_new = !channel;
    if (is_new)
        channel = std::make_shared<event_channel>();
    ++listening_;
    l->user = user;
    l->is_behind = start.has_value();
    l->set_position(start ? start->after : channel->position());
    channel->add(*l);

    if (is_new)
        group_.spawn([this, user, opened = std::weak_ptr(channel)] { return open(user, opened); });
    if (start)
        group_.spawn([this, user, behind = std::weak_ptr(l), from = *start] { return replay(user, behind, from); });
}

void event_hub::leave(event_listener& l)
{
    std::erase(crowded_, &l);
    const auto at = channels_.find(l.user);
    if (l.user.empty() || at == channels_.end())
        return;
    --listening_;
    if (!at->second->remove(l))
        return;
    subscriber_.drop(redis::keys::event_channel(l.user));
    channels_.erase(at);
}

// The start is read before Redis is asked for the channel: what is published in between is in what is kept.
awaitable<void> event_hub::open(std::string user, std::weak_ptr<event_channel> opened)
{
    co_await graceful();
    for (;;)
    {
        auto end = co_await store_.end(user);
        const auto channel = opened.lock();
        const bool ended = co_await is_ended();
        if (!channel || ended)
            co_return;
        if (end)
        {
            channel->start_at(*end);
            subscriber_.want(redis::keys::event_channel(user));
            co_return;
        }
        co_await pause_for(retry_pause);
    }
}

void event_hub::confirmed(std::string_view name)
{
    const auto channel = find(name);
    if (channel && channel->confirmed())
        group_.spawn([this, user = std::string(name.substr(redis::keys::event_channel_prefix.size())),
                      behind = std::weak_ptr(channel)] { return catch_up(user, behind); });
}

awaitable<void> event_hub::catch_up(std::string user, std::weak_ptr<event_channel> behind)
{
    co_await graceful();
    for (;;)
    {
        auto channel = behind.lock();
        const bool ended = co_await is_ended();
        if (!channel || ended)
            co_return;
        const auto from = channel->position();
        channel.reset();
        const auto kept = co_await store_.read(user, from);
        channel = behind.lock();
        if (!channel)
            co_return;
        if (kept && channel->caught(*kept, crowded_, counts_))
            co_return;
        channel.reset();
        if (!kept)
            co_await pause_for(retry_pause);
        else if (!crowded_.empty())
            co_await let_them_drain();
        else
            co_await pause_for(drain_pause);
    }
}

// Page by page, as fast as the listener takes them.
awaitable<void> event_hub::replay(std::string user, std::weak_ptr<event_listener> behind, event_start start)
{
    co_await graceful();
    event_replay how(start);
    for (;;)
    {
        const auto kept = co_await store_.read(user, how.position());
        const bool ended = co_await is_ended();
        auto l = behind.lock();
        const auto at = channels_.find(user);
        if (!l || l->is_too_slow() || ended || at == channels_.end())
            co_return;
        const bool is_over = kept && how.give(*kept, *at->second, *l, counts_);
        if (is_over)
            co_return;
        l.reset();
        const clock::duration pause = !kept || kept->events.empty() ? replay_pause : drain_pause;
        for (bool is_crowded = true; is_crowded;)
        {
            co_await pause_for(pause);
            const auto still = behind.lock();
            const bool ended_now = co_await is_ended();
            if (!still || ended_now)
                co_return;
            is_crowded = still->is_crowded();
        }
    }
}

void event_hub::heard(std::string_view name, std::string_view text)
{
    const auto channel = find(name);
    if (!channel)
        return;
    ++counts_.received;
    channel->published(read_event(text, channel->has_filters()), crowded_);
}

awaitable<void> event_hub::run()
{
    co_await graceful();
    for (;;)
    {
        const auto pushes = co_await subscriber_.receive();
        const bool ended = co_await is_ended();
        if (ended)
            co_return;
        if (!pushes)
        {
            // Not only a stop of ours: a connection that ends may take the wait with it.
            log::debug("no events were received", {{"reason", pushes.error().message()}});
            co_await pause_for(retry_pause);
            continue;
        }
        const auto all = pushes->all();
        for (const auto& push : all)
        {
            subscriber_.hand_over(push);
            if (!crowded_.empty())
                co_await let_them_drain();
        }
    }
}

// Redis may send faster than sockets take it: those that do take it get the time, so that a burst costs nobody
// anything. One that stands still is not waited for.
awaitable<void> event_hub::let_them_drain()
{
    struct slow
    {
        std::weak_ptr<event_listener> who;
        std::uint64_t taken;
        clock::time_point since;
    };
    const auto end = clock::now() + longest_drain;
    std::vector<slow> all;
    for (auto* l : crowded_)
        all.push_back({l->weak_from_this(), l->taken(), clock::now()});
    crowded_.clear();

    while (!all.empty())
    {
        co_await pause_for(drain_pause);
        const bool ended = co_await is_ended();
        if (ended)
            co_return;
        const auto now = clock::now();
        std::erase_if(all, [now, end](slow& s) {
            const auto l = s.who.lock();
            if (!l || l->is_too_slow() || l->is_nearly_empty())
                return true;
            if (l->taken() != s.taken)
            {
                s.taken = l->taken();
                s.since = now;
            }
            l->is_waited_for = now - s.since < longest_standstill && now < end;
            return !l->is_waited_for;
        });
    }
}

event_presence event_hub::presence() const
{
    return {channels_.size(), listening_, counts_};
}

} // namespace vn
