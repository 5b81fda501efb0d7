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
    event first_done_;
    unsigned long generation_ = 0; // the connection it was done on
    bool done_ = false;
    error_code why_not_;
    bool too_old_ = false;

public:
    redis_setup(asio::any_io_executor ex, redis::client& redis) : redis_(redis), first_done_(std::move(ex)) {}

    // Makes both groups from the first entry on (R17), refuses a Redis before 7.0, warns about an eviction policy that
    // may lose work. Again for each new connection: another server may be behind it, or none of the data. Until
    // cancelled.
    awaitable<void> run();

    // Until it was done once, or the waiter is cancelled.
    awaitable<void> wait_done() { return first_done_.wait(); }
    // Why it is not done, or not yet for the connection there is.
    std::optional<std::string> not_done() const;

private:
    awaitable<error_code> attempt();
};

} // namespace vn
