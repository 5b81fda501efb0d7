// The kept events of users, as the scripts have written them; read only. I/O thread only.
#pragma once

#include "engine/event_message.hpp"
#include "redis/client.hpp"

#include <string>
#include <vector>

namespace vn {

struct kept_events
{
    // Nothing is missing between the position asked for and these. Else they are of no use.
    bool is_whole = false;
    std::vector<shared_event> events;
    // Where the kept events end; {} if there are none.
    event_position end;
};

// Whose a request is.
struct request_owner
{
    std::string status;
    std::string user; // empty: nobody's
};

class event_store
{
    redis::client& redis_;

public:
    static constexpr std::size_t at_once = 100;

    explicit event_store(redis::client& redis) : redis_(redis) {}

    // At most at_once of those behind after; after.epoch is not looked at if it is 0. Offset 0: from the first one on,
    // and whole if that is the first of its epoch.
    awaitable<result<kept_events>> read(std::string user, event_position after);
    awaitable<result<event_position>> end(std::string user);
    // All that is kept of one request, the oldest first, at most so many.
    awaitable<result<std::vector<shared_event>>> of_request(std::string user, std::string id, std::size_t most);
    // nullopt: there is no such request.
    awaitable<result<std::optional<request_owner>>> owner_of(std::string id);
};

} // namespace vn
