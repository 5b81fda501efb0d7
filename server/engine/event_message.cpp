#include "engine/event_message.hpp"

#include "core/number_text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace vn {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& o, std::string_view name)
{
    const auto* v = o.if_contains(name);
    return v && v->is_string() ? std::string(v->get_string()) : std::string();
}

std::uint64_t number_of(const json::object& o, std::string_view name)
{
    const auto* v = o.if_contains(name);
    return v && v->is_int64() && v->get_int64() > 0 ? static_cast<std::uint64_t>(v->get_int64()) : 0;
}

void read_members(event_message& m, const json::object& o)
{
    m.run_id = text_of(o, "run_id");
    m.type = text_of(o, "type");
    const event_position at{number_of(o, "epoch"), number_of(o, "offset")};
    auto id = text_of(o, "id");
    if (at.epoch > 0 && at.offset > 0 && offset_in(id) == at.offset)
    {
        m.id = std::move(id);
        m.position = at;
    }
}

std::string position_members(event_position at)
{
    return R"("epoch":)" + std::to_string(at.epoch) + R"(,"offset":)" + std::to_string(at.offset);
}

shared_event notice(std::string text, event_position at, std::string type)
{
    auto m = std::make_shared<event_message>();
    m->text = std::move(text);
    m->position = at;
    m->type = std::move(type);
    return m;
}

} // namespace

std::optional<std::uint64_t> offset_in(std::string_view id) noexcept
{
    const auto dash = id.find('-');
    if (dash == id.npos || !parse_number<std::uint64_t>(id.substr(dash + 1)))
        return std::nullopt;
    return parse_number<std::uint64_t>(id.substr(0, dash));
}

shared_event read_event(std::string_view text, bool detailed)
{
    auto m = std::make_shared<event_message>();
    m->text = text;
    // Most of what others publish need not be understood.
    if (!text.starts_with('{') || (!detailed && text.find(R"("epoch":)") == text.npos))
        return m;
    unsigned char memory[4096];
    json::monotonic_resource resource(memory, sizeof memory);
    boost::system::error_code ec;
    const auto v = json::parse(text, ec, &resource);
    if (!ec && v.is_object())
        read_members(*m, v.get_object());
    return m;
}

shared_event recovery_notice(bool recovered, event_position at)
{
    return notice("{" + position_members(at) + R"(,"recovered":)" + (recovered ? "true" : "false") +
                      R"(,"type":"recovered"})",
                  at, "recovered");
}

shared_event drop_notice(std::uint64_t count, event_position at)
{
    return notice(R"({"count":)" + std::to_string(count) + "," + position_members(at) + R"(,"type":"dropped"})", at,
                  "dropped");
}

bool event_filter::admits(const event_message& m) const noexcept
{
    return (run_id.empty() || m.run_id == run_id) &&
           (types.empty() || std::find(types.begin(), types.end(), m.type) != types.end());
}

bool is_last_event(std::string_view type) noexcept
{
    return type == "workflow_completed" || type == "workflow_failed" || type == "workflow_cancelled";
}

} // namespace vn
