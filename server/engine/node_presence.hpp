// Says in Redis that this node lives and what it does: vn:node:<node>, and since when without a gap: vn:calm:<node>.
// With that it finds out whether Redis takes what nodes write. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vn {

class node_presence
{
    redis::client& redis_;
    const engine_settings& settings_;
    std::function<std::string()> describe_;
    signal changed_;
    std::string published_;
    error_code trouble_;
    const bool works_;

public:
    // works: a worker is here, and reads all lanes. describe gives a JSON object; "plugins" in it has the names of
    // those that value tasks here, "declared" the names of tasks that they value without a route.
    node_presence(redis::client& redis, const engine_settings& s, std::function<std::string()> describe,
                  asio::any_io_executor ex, bool works)
        : redis_(redis), settings_(s), describe_(std::move(describe)), changed_(std::move(ex)), works_(works)
    {}

    // Renewed all the time, until cancelled.
    awaitable<void> run();
    // What describe gives has changed: published at once.
    void renew() { changed_.raise(); }

    // Why Redis did not take the last renewal; a full one says so here too, though the renewal found a way.
    std::optional<std::string> trouble() const;

private:
    awaitable<void> be_heard_of();
    awaitable<error_code> publish();
    awaitable<void> publish_in_full_redis(std::string description);
    void told(error_code ec);
};

} // namespace vn
