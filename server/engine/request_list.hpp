// The requests that are known, the newest first: read from the list that the scripts keep. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct listed_request
{
    std::string id;
    std::string status;
    std::string received_at;
    std::string started_at;
    std::string completed_at;
    std::size_t group_count = 0;
    long long current_group = -1;
    std::string user;
    std::string priority; // empty: normal
};

struct request_page
{
    std::vector<listed_request> requests;
    std::string next; // cursor of what follows; empty: that was all
};

class request_list
{
    redis::client& redis_;
    const engine_settings& settings_;

public:
    request_list(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // status empty: all. cursor: that of an earlier page, or empty. What is received meanwhile moves nothing.
    awaitable<result<request_page>> read(std::string status, std::string cursor, std::size_t limit);

    static bool is_cursor(std::string_view text);
};

} // namespace vn
