// Says in Redis that this node lives and what it does: vn:node:<node>. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <functional>
#include <string>

namespace vn {

class node_presence
{
    redis::client& redis_;
    const engine_settings& settings_;
    std::function<std::string()> describe_;
    signal changed_;
    std::string published_;

public:
    // describe gives a JSON object; "plugins" in it has the names of those that value tasks here, "declared" the names
    // of tasks that they value without a route.
    node_presence(redis::client& redis, const engine_settings& s, std::function<std::string()> describe,
                  asio::any_io_executor ex)
        : redis_(redis), settings_(s), describe_(std::move(describe)), changed_(std::move(ex))
    {}

    // Renewed all the time, until cancelled.
    awaitable<void> run();
    // What describe gives has changed: published at once.
    void renew() { changed_.raise(); }
};

} // namespace vn
