// Cleans up behind programs and nodes that did not do it themselves: keys without TTL, entries that were acknowledged
// but not deleted, consumers of dead nodes; keeps what waiting requests need. One round now and then. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <string>

namespace vn {

class sweeper
{
public:
    sweeper(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // A round every settings.clean_up, until cancelled.
    awaitable<void> run();
    // One round; what Redis does not answer is left for the next one.
    awaitable<void> round();

private:
    awaitable<void> clean_streams();
    awaitable<void> restore_requests();
    awaitable<void> bound_keys();
    awaitable<void> clean_list();
    awaitable<void> renew_waiting();
    awaitable<void> renew_waiting(std::string_view stream);

    redis::client& redis_;
    const engine_settings& settings_;
    std::string cursor_ = "0";
    std::string restore_cursor_ = "0";
    clock::time_point next_renewal_{};
};

} // namespace vn
