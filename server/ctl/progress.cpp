#include "ctl/progress.hpp"

#include "ctl/answers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <iostream>

namespace vn::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t width = 30;

std::int64_t number(const json::object& o, std::string_view key)
{
    const auto* v = o.if_contains(key);
    return v && v->is_int64() ? v->get_int64() : 0;
}

struct counts
{
    std::int64_t groups = 0;
    std::int64_t group = 0; // from 1
    std::int64_t done = 0;
    std::int64_t expected = 0;
};

counts count(const json::object& state)
{
    counts c;
    c.groups = number(state, "groupCount");
    const auto* groups = state.if_contains("groups");
    if (!groups || !groups->is_array())
        return c;
    for (const auto& item : groups->get_array())
        if (const auto* g = item.if_object())
        {
            c.group = number(*g, "index") + 1;
            c.done = number(*g, "completed");
            c.expected = number(*g, "expected");
        }
    return c;
}

std::string bar_of(const counts& c)
{
    const auto full =
        c.expected <= 0 ? 0 : width * static_cast<std::size_t>(c.done) / static_cast<std::size_t>(c.expected);
    return "[" + std::string(full, '#') + std::string(width - std::min(full, width), '.') + "]";
}

} // namespace

void progress::end()
{
    if (bar_ && !last_.empty())
        std::cout << std::endl;
    last_.clear();
}

void progress::show(const json::object& state)
{
    const auto c = count(state);
    auto line = text(state, "status");
    if (json_)
        line = json::serialize(state);
    else
    {
        if (c.groups > 0)
            line += "  group " + std::to_string(c.group) + "/" + std::to_string(c.groups);
        if (c.expected > 0)
            line += "  tasks " + std::to_string(c.done) + "/" + std::to_string(c.expected);
    }
    if (line == last_)
        return;
    if (bar_)
        std::cout << '\r' << bar_of(c) << ' ' << line << "\033[K" << std::flush;
    else if (lines_)
        std::cout << line << std::endl;
    last_ = std::move(line);
}

} // namespace vn::ctl
