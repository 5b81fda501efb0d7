#include "execution/plugin_frames.hpp"

#include "core/json_text.hpp"

#include <algorithm>

namespace vn {

namespace {

vn_status status_of(std::string_view name)
{
    if (name == "ok")
        return VN_OK;
    if (name == "invalid")
        return VN_INVALID;
    if (name == "retry")
        return VN_RETRY;
    return VN_FAILED;
}

constexpr std::string_view kind_names[] = {"task", "function", "fetch"};
constexpr std::string_view statuses[] = {"ok", "invalid", "retry", "cancelled", "failed", "too-large"};

} // namespace

void write_hello(std::string& out, const std::map<std::string, std::string>& settings, const plugin_settings& limits)
{
    out.clear();
    frame_writer frame(out, "hello");
    frame.number("protocol", frame_protocol);
    frame.object("limits", "{\"outputBytes\":" + std::to_string(limits.output_bytes) +
                               ",\"frameBytes\":" + std::to_string(limits.output_bytes + head_limit) + "}");
    std::string all;
    for (const auto& [name, value] : settings)
    {
        all += all.empty() ? '{' : ',';
        append_json_string(all, name);
        all += ':';
        append_json_string(all, value);
    }
    frame.object("settings", all.empty() ? "{}" : all + "}");
    frame.finish();
}

void write_call(std::string& out, std::uint64_t id, const plugin_call& call)
{
    out.clear();
    frame_writer frame(out, "call");
    frame.number("id", static_cast<std::int64_t>(id));
    frame.text("kind", kind_names[static_cast<std::size_t>(call.kind)]);
    frame.text("name", call.name);
    frame.number("deadlineMs", call.time_left.count());
    if (call.kind == plugin_call_kind::task)
    {
        frame.text("requestId", call.request_id);
        frame.number("group", call.group);
        frame.text("groupName", call.group_name);
        frame.number("task", call.task_number);
        frame.number("attempt", call.attempt);
    }
    if (!call.traceparent.empty())
        frame.text("traceparent", call.traceparent);
    if (call.kind == plugin_call_kind::function)
        frame.numbers("arguments", call.argument_sizes);
    frame.finish(call.payload.size());
}

void write_cancel(std::string& out, std::uint64_t id)
{
    out.clear();
    frame_writer frame(out, "cancel");
    frame.number("id", static_cast<std::int64_t>(id));
    frame.finish();
}

void write_stop(std::string& out)
{
    out.clear();
    frame_writer frame(out, "stop");
    frame.finish();
}

std::optional<plugin_answer> read_result(const frame_head& head, std::string_view payload, const plugin_call& call,
                                         std::size_t output_limit, bool was_late)
{
    if (std::ranges::find(statuses, head.status) == std::end(statuses))
        return std::nullopt;
    const bool too_large = head.status == "too-large" || payload.size() > output_limit;
    const auto status = status_of(head.status);
    if (status == VN_OK && !too_large)
        return std::string(payload);
    if (head.status == "cancelled" && was_late)
        return plugin_deadline(); // which the plugin saw before we did
    return failure_of_status(call.kind, status, too_large, head.text.substr(0, longest_plugin_text));
}

} // namespace vn
