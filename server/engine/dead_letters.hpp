// Entries that could not be used and were parked: given back to those who work on them, or dropped. I/O thread only.
#pragma once

#include "engine/request_control.hpp"

#include <string>

namespace vn {

class dead_letters
{
public:
    dead_letters(redis::client& redis, request_control& control, const engine_settings& s)
        : redis_(redis), control_(control), settings_(s)
    {}

    // Of stream:task:dead. Words: requeued; ended (the request), not-parked (the task has a result, or is queued
    // again), expired (its document), unusable (no task), gone.
    awaitable<result<control_answer>> requeue_task(std::string entry, operator_call who);
    // Of stream:request:dead. A failed request goes on, an unknown one is submitted anew. Words: requeued; not-failed,
    // expired, backlog, unusable (no request), gone.
    awaitable<result<control_answer>> requeue_request(std::string entry, operator_call who);
    // which: task, request. Words: dropped, gone.
    awaitable<result<control_answer>> drop(std::string which, std::string entry, operator_call who);

private:
    redis::client& redis_;
    request_control& control_;
    const engine_settings& settings_;
};

} // namespace vn
