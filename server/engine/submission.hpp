// Takes requests in and waits for their end. I/O thread only.
#pragma once

#include "engine/document_work.hpp"
#include "engine/lifecycle_feed.hpp"
#include "engine/settings.hpp"

#include "domain/document_gate.hpp"
#include "redis/client.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vn {

struct new_request
{
    std::string id;
    std::string body;
    std::string charset;
    std::vector<std::pair<std::string, std::string>> metadata; // names in lower case
    std::string user;
    std::string idempotency_key;                       // empty: none
    std::string_view priority = "normal";              // high, normal or low
    std::optional<std::chrono::milliseconds> deadline; // from now; the default if there is none
};

struct accepted_request
{
    std::string id; // of the first submission, if this one is a replay
    bool replayed = false;
};

class submission
{
public:
    submission(redis::client& redis, lifecycle_feed& feed, document_work& documents, const engine_settings& s,
               const document_limits& limits);

    // When it returns a value, the request is in Redis and will end. Codes: those of admit_document();
    // idempotency-mismatch, backlog-full, redis-full, redis-unavailable, submission-uncertain (it may be in Redis).
    awaitable<result<accepted_request, failure>> add(new_request r);

    // True if the request has ended (or is unknown) within limit. watch was made before the submission, or the state
    // is read after it was made. Ends early with false when the node stops.
    awaitable<bool> wait_for_end(lifecycle_feed::watch& watch, std::string id, clock::duration limit);

    // The sync calls that wait get an answer soon: the node stops.
    void stop_waiting();

    lifecycle_feed& feed() noexcept { return feed_; }

private:
    redis::client& redis_;
    lifecycle_feed& feed_;
    document_work& documents_;
    const engine_settings& settings_;
    const document_limits& limits_;
    bool stopping_ = false;
};

} // namespace vn
