// Cancels and retries requests, from any node, whoever runs them (R7). I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/operator_call.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace vn {

// What a script has done, or why it has not.
struct control_answer
{
    std::string word;
    std::string status = {}; // of the request then
    std::string request = {};
};

class request_control
{
public:
    request_control(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // Words: cancelled, ended, unknown.
    awaitable<result<control_answer>> cancel(std::string id, operator_call who);

    // A failed request goes on at its first task without a result. Words: accepted; not-failed, expired (what it needs
    // is not there any more), backlog, unknown; gone, if there is no such entry. dead_entry: of stream:request:dead,
    // which stood for the request and goes with the retry; may be empty.
    awaitable<result<control_answer>> retry(std::string id, std::string dead_entry, operator_call who);

private:
    struct group_size
    {
        std::size_t tasks = 0;
        std::size_t results = 0; // that it has if it is done
    };

    // How long it may take.
    awaitable<result<std::chrono::system_clock::duration>> allowed_time(const std::string& id);
    // False if a result that it needs has expired; the others live for another TTL.
    awaitable<result<bool>> keep_results(const std::string& id);
    awaitable<result<std::size_t>> renew(const std::string& id, std::size_t group, std::size_t tasks);
    // What is left there of the attempts at the last group, where that is too much for one script.
    awaitable<error_code> clean_group(const std::string& id);
    // what: result, xml
    awaitable<void> forget(const std::string& id, const std::string& what);
    // Of the groups that were started.
    awaitable<result<std::vector<group_size>>> sizes(const std::string& id);

    redis::client& redis_;
    const engine_settings& settings_;
};

} // namespace vn
