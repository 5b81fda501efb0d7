#include "api/event_source.hpp"

#include "core/ids.hpp"
#include "core/number_text.hpp"

#include <algorithm>

namespace vn {

namespace {

constexpr std::size_t most_types = 32;

bool is_type(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

failure bad_position()
{
    return {.code = "bad-position", .message = "The position has to be that of an event."};
}

} // namespace

result<event_filter, failure> read_event_filter(const http::request& r)
{
    const failure bad{.code = "bad-filter",
                      .message = "request has to be the id of a request, type a list of event types; each once."};
    event_filter f;
    if (r.query.count("request") > 1 || r.query.count("type") > 1)
        return bad;
    f.run_id = r.query.get("request");
    if (r.query.find("request") && !is_uuid(f.run_id))
        return bad;
    for (auto rest = r.query.get("type"); !rest.empty();)
    {
        const auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        if (!is_type(one) || f.types.size() == most_types)
            return bad;
        f.types.emplace_back(one);
    }
    return f;
}

result<std::optional<event_start>, failure> read_event_start(const http::request& r, std::string_view last_id)
{
    if (!last_id.empty())
    {
        const auto offset = offset_in(last_id);
        if (!offset)
            return bad_position();
        return std::optional(event_start{.after = {0, *offset}});
    }
    const auto offset = r.query.find("offset");
    if (!offset)
        return std::optional<event_start>();
    const auto epoch = r.query.find("epoch");
    const auto e = parse_number<std::uint64_t>(epoch.value_or("0"));
    const auto o = parse_number<std::uint64_t>(*offset);
    if (!e || !o || r.query.count("offset") > 1 || r.query.count("epoch") > 1)
        return bad_position();
    return std::optional(event_start{.after = {*e, *o}});
}

} // namespace vn
