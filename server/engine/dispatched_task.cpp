#include "engine/dispatched_task.hpp"

#include "core/ids.hpp"
#include "core/number_text.hpp"
#include "core/time_text.hpp"

#include <algorithm>

namespace vn {

std::optional<dispatched_task> parse_dispatched(const redis::stream_entry& e, std::chrono::milliseconds time_left)
{
    dispatched_task t{.entry = std::string(e.id), .input = {}, .payload_key = std::string(e["payloadKey"])};
    auto& in = t.input;
    in.request_id = e["requestId"];
    auto group_field = e["groupIdx"];
    if (group_field.empty())
        group_field = e["groupIndex"];
    const auto group = parse_number<std::size_t>(group_field);
    const auto task = parse_number<std::size_t>(e["taskId"]);
    if (!is_uuid(in.request_id) || !group || !task || *task == 0 || !t.payload_key.starts_with("cache:task:"))
        return std::nullopt;
    in.group_index = *group;
    in.task_id = *task;
    in.attempt = std::max(parse_number<int>(e["attempt"]).value_or(1), 1);
    in.group_name = e["groupName"];
    in.valuation_name = e["valuationName"];
    in.traceparent = e["traceparent"];
    in.time_left = time_left;
    in.longest_wait = time_left;
    t.deadline = parse_time(e["deadline"]);
    return t;
}

} // namespace vn
