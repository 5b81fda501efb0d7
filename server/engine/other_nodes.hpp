// What the other nodes can run, by what they publish in vn:node:<node> (R16). I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <set>
#include <string>

namespace vn {

class other_nodes
{
public:
    other_nodes(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // Whether another node offers the plugin, as of at most a second ago; no, while Redis does not answer.
    awaitable<bool> offer(std::string plugin);

private:
    awaitable<void> look();

    redis::client& redis_;
    const engine_settings& settings_;
    std::set<std::string> plugins_;
    clock::time_point next_look_ = clock::now();
};

} // namespace vn
