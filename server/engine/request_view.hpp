// What can be told of a request from outside: read from Redis, changes nothing. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "redis/client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vn {

struct group_view
{
    std::size_t index = 0;
    std::string name;
    std::string status;
    std::size_t expected = 0;
    std::size_t completed = 0;
    std::size_t failed = 0;
};

// Times are as written, empty where it has not happened.
struct request_view
{
    std::string id;
    std::string status;
    long long current_group = -1;
    std::size_t group_count = 0;
    std::string received_at;
    std::string started_at;
    std::string completed_at;
    std::vector<group_view> groups; // those that were started
};

struct request_end
{
    std::string status;                  // empty: no such request
    std::optional<std::string> response; // if succeeded and not expired
    std::optional<std::string> failure;  // JSON, if failed and not expired
};

class request_views
{
    redis::client& redis_;

public:
    explicit request_views(redis::client& redis) : redis_(redis) {}

    // nullopt: unknown, or forgotten after twice the TTL.
    awaitable<result<std::optional<request_view>>> status(std::string id);
    awaitable<result<request_end>> end(std::string id);
};

} // namespace vn
