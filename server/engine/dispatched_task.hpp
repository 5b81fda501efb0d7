// One attempt at a task, as its entry in the dispatch stream tells it (WIRE).
#pragma once

#include "execution/executor.hpp"
#include "redis/reply.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace vn {

struct dispatched_task
{
    std::string entry;
    task_input input; // without its document
    std::string payload_key;
    std::optional<std::chrono::system_clock::time_point> deadline = {};
};

// time_left: of an attempt, if its request leaves it that much. Nothing if it is no usable entry.
std::optional<dispatched_task> parse_dispatched(const redis::stream_entry& e, std::chrono::milliseconds time_left);

} // namespace vn
