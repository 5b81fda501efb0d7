// Says in Redis that this node lives and what it does: vn:node:<node>. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <string>

namespace vn {

class node_presence
{
    redis::client& redis_;
    const engine_settings& settings_;
    std::string description_;

public:
    // description is a JSON object.
    node_presence(redis::client& redis, const engine_settings& s, std::string description)
        : redis_(redis), settings_(s), description_(std::move(description))
    {}

    // Renewed all the time, until cancelled.
    awaitable<void> run();
};

} // namespace vn
