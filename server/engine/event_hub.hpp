// Live events on this node: one PubSub connection for all users, and for each user those who listen to it here. After
// an outage of Redis, and for those who come back, what is kept closes the gap, or they are told that it cannot. I/O
// thread only.
#pragma once

#include "core/task_group.hpp"
#include "engine/event_channel.hpp"
#include "engine/event_replay.hpp"
#include "engine/event_store.hpp"
#include "redis/subscriber.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vn {

struct event_hub_settings
{
    event_queue_limits queue;
};

struct event_presence
{
    std::size_t users = 0;
    std::size_t listeners = 0;
    event_counts counts;
};

class event_hub
{
public:
    // group outlives it and is joined before it goes: it runs what reads from Redis.
    event_hub(asio::any_io_executor ex, task_group& group, redis::client& redis, const redis::endpoint& where,
              const redis::settings& s, event_hub_settings hub);

    // Each is spawned once, until cancelled.
    awaitable<void> run_connection() { return subscriber_.run_connection(); }
    awaitable<void> run_changes() { return subscriber_.run_changes(); }
    awaitable<void> run();

    // One that listens to nobody yet. The hub outlives it.
    std::shared_ptr<event_listener> create(event_filter filter);
    // It listens from now on, once; with a start, what is kept behind that comes first, then a notice whether it was
    // all.
    void attach(const std::shared_ptr<event_listener>& l, const std::string& user, std::optional<event_start> start);

    event_presence presence() const;
    // Why nothing is heard, if that is so.
    std::optional<std::string> trouble() const { return subscriber_.trouble(); }

    event_store& store() noexcept { return store_; }

private:
    using channel_ptr = std::shared_ptr<event_channel>;
    struct text_hash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };

    void heard(std::string_view channel, std::string_view text);
    void confirmed(std::string_view channel);
    void leave(event_listener& l);
    awaitable<void> open(std::string user, std::weak_ptr<event_channel> opened);
    awaitable<void> catch_up(std::string user, std::weak_ptr<event_channel> behind);
    awaitable<void> replay(std::string user, std::weak_ptr<event_listener> behind, event_start start);
    awaitable<void> let_them_drain();
    channel_ptr find(std::string_view channel) const;

    raised_alerts alerts_;
    task_group& group_;
    event_store store_;
    event_hub_settings settings_;
    event_counts counts_;
    std::unordered_map<std::string, channel_ptr, text_hash, std::equal_to<>> channels_; // by user
    std::vector<event_listener*> crowded_;
    std::size_t listening_ = 0;
    redis::subscriber subscriber_;
};

} // namespace vn
