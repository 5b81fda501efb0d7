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

public:
    // describe gives a JSON object; "plugins" in it has the names of those that value tasks here.
    node_presence(redis::client& redis, const engine_settings& s, std::function<std::string()> describe)
        : redis_(redis), settings_(s), describe_(std::move(describe))
    {}

    // Renewed all the time, until cancelled.
    awaitable<void> run();
};

} // namespace vn
