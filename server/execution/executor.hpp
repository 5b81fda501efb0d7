// What values a task: a script, a process that stays, a plugin in the server.
#pragma once

#include "core/async.hpp"
#include "core/error.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace vn {

struct task_input
{
    std::string request_id;
    std::size_t group_index = 0;
    std::string group_name;
    std::size_t task_id = 0;
    std::string valuation_name;
    int attempt = 1;
    std::string document;
    // Of this attempt, from the moment run() is called.
    std::chrono::milliseconds time_left{60'000};
    // For want of descriptors, memory or processes it may start this much later, with less time left then.
    std::chrono::milliseconds longest_wait{60'000};
    // As in the header of that name; empty: none.
    std::string traceparent;
};

struct task_outcome
{
    // The normalised document to store; empty on failure.
    std::string result;
    std::optional<failure> error;
    // Whether another attempt may end otherwise (R13). Meaningless on success.
    bool retryable = false;
    // What ran it, for records and metrics: kind of executor, and plugin or script.
    std::string executor;
    std::string plugin;
    std::chrono::milliseconds took{0};
};

// I/O thread only. How many tasks run at once is the caller's to bound.
class executor
{
public:
    virtual ~executor() = default;

    // Never throws but when cancelled; a failure of the task is part of the outcome. Once started it ends within
    // time_left plus the grace in which a task may stop by itself. Terminal cancellation tells the task to end and
    // kills it after the grace at the latest; run() returns when nothing of it is left. Total cancellation changes
    // nothing.
    virtual awaitable<task_outcome> run(task_input input) = 0;

    // The plugin that tasks of this name are for and that is not here now; nothing if run() can value them.
    virtual std::optional<std::string> missing(const std::string& valuation_name) const
    {
        static_cast<void>(valuation_name);
        return std::nullopt;
    }

    // Whether nothing but the default is for tasks of this name here: another node that declares the name goes first.
    virtual bool is_left_to_default(const std::string& valuation_name) const
    {
        static_cast<void>(valuation_name);
        return true;
    }
};

} // namespace vn
