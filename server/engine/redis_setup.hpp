// What has to be true of Redis before a node is ready: version, streams and groups. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "redis/client.hpp"

#include <optional>
#include <string>

namespace vn {

class redis_setup
{
    redis::client& redis_;
    bool done_ = false;
    std::string reason_ = "not connected yet";

public:
    explicit redis_setup(redis::client& redis) : redis_(redis) {}

    // Tries until it is done: makes both groups from the first entry on (R17), refuses a Redis before 7.0, warns about
    // an eviction policy that may lose work. Cancelled terminally.
    awaitable<void> run();

    bool done() const noexcept { return done_; }
    const std::string& reason() const noexcept { return reason_; }

private:
    awaitable<result<bool>> attempt();
};

} // namespace vn
