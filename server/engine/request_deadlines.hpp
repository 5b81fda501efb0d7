// Ends requests whose time is over and whose owner does not do it: those that nobody has taken, and those of dead
// nodes. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

namespace vn {

class request_deadlines
{
public:
    request_deadlines(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // A round every second, until cancelled. On nodes that take requests in or run them.
    awaitable<void> run();
    // What Redis does not answer is left for the next round.
    awaitable<void> round();

private:
    redis::client& redis_;
    const engine_settings& settings_;
};

} // namespace vn
