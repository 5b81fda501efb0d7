// What can be set about the coroutines that move work, for all roles.
#pragma once

#include "domain/failure_policy.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace vn {

struct engine_settings
{
    // Name of this node in consumers and states; made at start if empty.
    std::string node;

    // An owner that is not heard of for this long loses its requests and tasks.
    std::chrono::milliseconds lease{10'000};
    // How long ended requests are kept; state and idempotency key live twice as long.
    std::chrono::seconds request_ttl{86'400};
    // How long an Idempotency-Key is known after the end of its request; at most twice request_ttl is of use.
    std::chrono::seconds idempotency_ttl{172'800};
    // A request that has not ended this long after its submission fails, if it has set no other time, which is not
    // above the highest.
    std::chrono::seconds request_deadline{86'400};
    std::chrono::seconds highest_deadline{2'678'400};
    // How long an ingest entry may wait for its payload to appear.
    std::chrono::milliseconds payload_wait{5'000};

    std::size_t max_requests = 256;   // run at once on this node
    std::size_t max_backlog = 10'000; // waiting or running in the whole system; above it submissions get 503
    std::size_t window_tasks = 1'000; // outstanding tasks of one request
    std::size_t window_bytes = 64 << 20;

    int max_attempts = 3; // MAX_TASK_RETRIES, the first one included
    std::chrono::milliseconds retry_base{200};
    std::chrono::milliseconds retry_cap{10'000};
    std::chrono::milliseconds task_timeout{60'000};     // running time of one attempt
    failure_policy on_failure = failure_policy::finish; // of groups that do not say it themselves
    std::chrono::milliseconds unroutable_wait{60'000};
    int max_deliveries = 10;
    int alone_after = 3; // an entry delivered this often runs alone on its node

    std::size_t max_tasks = 8; // run at once on this node
    // How long task documents stay in Redis.
    enum class documents
    {
        until_task_ends,
        until_request_ends,
        until_ttl
    };
    documents keep_documents = documents::until_task_ends;
    bool keep_results = true; // task results stay until the TTL of the request, else go with its end

    std::chrono::milliseconds sweep{5'000}; // how often waiting groups are compared with the truth
    std::chrono::seconds clean_up{60};      // how often keys and streams are cleaned up behind others
    std::size_t lifecycle_length = 50'000;  // entries kept, about
    std::size_t event_length = 1'000;       // events kept of each user, about
    std::chrono::seconds event_ttl{3'600};  // after the last event of a user
    bool task_events = false;               // whether users are told of single tasks
    std::size_t updates_length = 100'000;
    std::size_t dead_length = 10'000;
    std::size_t audit_length = 10'000;
};

// What bounds the events that a step writes, as the scripts take it.
inline std::string event_bounds(const engine_settings& s)
{
    return std::to_string(s.lifecycle_length) + " " + std::to_string(s.event_length) + " " +
           std::to_string(s.event_ttl.count());
}

// The same for the events of single tasks; empty if nobody is told of them.
inline std::string task_event_bounds(const engine_settings& s)
{
    return s.task_events ? event_bounds(s) : std::string();
}

// Of an Idempotency-Key whose request has not ended: it stands until the request must have.
template <class Duration>
std::chrono::seconds key_ttl_while_running(const engine_settings& s, Duration allowed)
{
    return std::chrono::ceil<std::chrono::seconds>(allowed) + 2 * s.request_ttl;
}

} // namespace vn
