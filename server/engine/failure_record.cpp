#include "engine/failure_record.hpp"

#include "core/json_text.hpp"

#include <boost/json.hpp>

namespace vn {

namespace {

constexpr std::size_t message_bytes = 4096;

void add(std::string& out, std::string_view name, std::string_view text)
{
    out.append(out.back() == '{' ? "" : ",").append("\"").append(name).append("\":");
    append_json_string(out, text.substr(0, message_bytes));
}

void add(std::string& out, std::string_view name, std::size_t n)
{
    out.append(out.back() == '{' ? "" : ",").append("\"").append(name).append("\":").append(std::to_string(n));
}

} // namespace

std::string failure_record(const task_failure& f, std::size_t group)
{
    std::string out = "{";
    add(out, "taskId", f.task);
    add(out, "groupIdx", group);
    add(out, "attempt", static_cast<std::size_t>(f.attempt));
    add(out, "code", f.code);
    add(out, "error", f.message);
    add(out, "at", f.at);
    out += f.retryable ? ",\"retryable\":true}" : ",\"retryable\":false}";
    return out;
}

std::optional<task_failure> parse_failure_record(std::string_view text)
{
    error_code ec;
    const auto parsed = boost::json::parse(text, ec);
    if (ec || !parsed.is_object())
        return std::nullopt;
    const auto& o = parsed.as_object();
    const auto number = [&](const char* name) {
        const auto* v = o.if_contains(name);
        return v && v->is_int64() && v->as_int64() > 0 ? v->as_int64() : 0;
    };
    const auto word = [&](const char* name) {
        const auto* v = o.if_contains(name);
        return v && v->is_string() ? std::string(v->as_string()) : std::string();
    };
    const auto* retryable = o.if_contains("retryable");
    return task_failure{.task = static_cast<std::size_t>(number("taskId")),
                        .attempt = static_cast<int>(number("attempt")),
                        .code = word("code"),
                        .message = word("error"),
                        .at = word("at"),
                        .retryable = retryable && retryable->is_bool() && retryable->as_bool()};
}

std::string failure_document(std::string_view id, const request_failure& f, std::size_t most)
{
    std::string out = "{";
    add(out, "requestId", id);
    if (f.group)
        add(out, "group", *f.group);
    add(out, "stage", f.stage);
    add(out, "code", f.why.code);
    add(out, "error", f.why.message);
    if (!f.why.reason.empty())
        add(out, "reason", f.why.reason);
    if (f.why.line > 0)
    {
        add(out, "line", f.why.line);
        add(out, "column", f.why.column);
    }
    add(out, "failed", f.tasks.size());
    out += ",\"failures\":[";
    for (std::size_t i = 0; i < f.tasks.size() && i < most; ++i)
        out.append(i ? "," : "").append(failure_record(f.tasks[i], f.group.value_or(0)));
    return out + "]}";
}

} // namespace vn
