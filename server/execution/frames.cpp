#include "execution/frames.hpp"

#include "core/json_text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace vn {

namespace {

namespace json = boost::json;

constexpr std::size_t usual_capacity = 64 << 10;

std::size_t length_at(const char* p)
{
    const auto* b = reinterpret_cast<const unsigned char*>(p);
    return (std::size_t{b[0]} << 24) | (std::size_t{b[1]} << 16) | (std::size_t{b[2]} << 8) | std::size_t{b[3]};
}

bool read(const json::value& v, std::string& out)
{
    if (!v.is_string())
        return false;
    out.assign(v.get_string().data(), v.get_string().size());
    return true;
}

template <class Integer>
    requires std::is_integral_v<Integer>
bool read(const json::value& v, Integer& out)
{
    if (v.is_int64() && std::in_range<Integer>(v.get_int64()))
        out = static_cast<Integer>(v.get_int64());
    else if (v.is_uint64() && std::in_range<Integer>(v.get_uint64()))
        out = static_cast<Integer>(v.get_uint64());
    else
        return false;
    return true;
}

bool read(const json::value& v, double& out)
{
    if (!v.is_number())
        return false;
    out = v.to_number<double>();
    return true;
}

bool read(const json::value& v, std::vector<std::size_t>& out)
{
    if (!v.is_array())
        return false;
    for (const auto& one : v.get_array())
        if (!read(one, out.emplace_back()))
            return false;
    return true;
}

bool read_settings(const json::value& v, frame_head& out)
{
    if (!v.is_object())
        return false;
    for (const auto& [key, value] : v.get_object())
    {
        auto& [name, text] = out.settings.emplace_back();
        name = key;
        if (!read(value, text))
            return false;
    }
    return true;
}

bool read_limits(const json::value& v, frame_head& out)
{
    if (!v.is_object())
        return false;
    for (const auto& [key, value] : v.get_object())
        if ((key == "outputBytes" && !read(value, out.output_bytes)) ||
            (key == "frameBytes" && !read(value, out.frame_bytes)))
            return false;
    return true;
}

bool read_field(std::string_view key, const json::value& v, frame_head& out)
{
    if (key == "type")
        return read(v, out.type);
    if (key == "id")
        return read(v, out.id);
    if (key == "status")
        return read(v, out.status);
    if (key == "reason" || key == "text")
        return read(v, out.text);
    if (key == "kind")
        return read(v, out.kind);
    if (key == "name")
        return read(v, out.name);
    if (key == "requestId")
        return read(v, out.request_id);
    if (key == "group")
        return read(v, out.group);
    if (key == "groupName")
        return read(v, out.group_name);
    if (key == "task")
        return read(v, out.task);
    if (key == "attempt")
        return read(v, out.attempt);
    if (key == "deadlineMs")
        return read(v, out.deadline_ms);
    if (key == "traceparent")
        return read(v, out.traceparent);
    if (key == "arguments")
        return read(v, out.arguments);
    if (key == "fraction")
        return read(v, out.fraction);
    if (key == "level")
        return read(v, out.level);
    if (key == "protocol")
        return read(v, out.protocol);
    if (key == "settings")
        return read_settings(v, out);
    if (key == "limits")
        return read_limits(v, out);
    if (key == "description")
        out.description = json::serialize(v);
    return true;
}

void clear(frame_head& h)
{
    for (auto* text : {&h.type, &h.kind, &h.name, &h.status, &h.text, &h.request_id, &h.group_name, &h.traceparent,
                       &h.level, &h.description})
        text->clear();
    h.id = 0;
    h.group = h.task = h.protocol = 0;
    h.attempt = 1;
    h.deadline_ms = -1;
    h.fraction = -1;
    h.output_bytes = h.frame_bytes = 0;
    h.arguments.clear();
    h.settings.clear();
}

} // namespace

std::size_t frame_reader::wanted() const noexcept
{
    const std::size_t have = end_ - begin_;
    if (have < frame_prefix)
        return frame_prefix;
    return frame_prefix + std::min(length_at(memory_.get() + begin_), limit_);
}

std::span<char> frame_reader::space()
{
    const std::size_t have = end_ - begin_;
    // At least room for the whole of a frame that has begun; a large one is not kept longer than it is needed.
    std::size_t needed = std::max(usual_capacity, have >= frame_prefix ? wanted() : 0);
    if (needed <= have)
        needed = 2 * have; // whole frames that nobody has taken yet
    const bool too_small = capacity_ < needed;
    const bool too_large = have == 0 && capacity_ > usual_capacity;
    if (too_small || too_large)
    {
        auto larger = std::make_unique_for_overwrite<char[]>(needed);
        if (have > 0)
            std::memcpy(larger.get(), memory_.get() + begin_, have);
        memory_ = std::move(larger);
        capacity_ = needed;
    }
    else if (begin_ > 0 && (have == 0 || begin_ + wanted() > capacity_ || end_ == capacity_))
        std::memmove(memory_.get(), memory_.get() + begin_, have);
    else
        return {memory_.get() + end_, capacity_ - end_};
    begin_ = 0;
    end_ = have;
    return {memory_.get() + end_, capacity_ - end_};
}

frame_reader::progress frame_reader::next(frame& out)
{
    const std::size_t have = end_ - begin_;
    if (have < frame_prefix)
        return progress::incomplete;
    const char* const start = memory_.get() + begin_;
    const std::size_t length = length_at(start);
    if (length > limit_)
        return progress::too_large;
    if (length == 0)
        return progress::malformed;

    const std::string_view here(start + frame_prefix, std::min(length, have - frame_prefix));
    const std::size_t line = std::min(here.find('\n'), here.size());
    if (line >= head_limit || (line == here.size() && line == length))
        return progress::malformed;
    if (here.size() < length)
        return progress::incomplete;

    out.head = here.substr(0, line);
    out.payload = here.substr(line + 1);
    begin_ += frame_prefix + length;
    return progress::frame;
}

frame_writer::frame_writer(std::string& out, std::string_view type) : out_(out), begin_(out.size())
{
    out_.append(frame_prefix, '\0');
    out_ += "{\"type\":\"";
    out_ += type;
    out_ += '"';
}

void frame_writer::name_of(std::string_view name)
{
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
}

void frame_writer::text(std::string_view name, std::string_view value)
{
    name_of(name);
    append_json_string(out_, value);
}

void frame_writer::number(std::string_view name, std::int64_t value)
{
    name_of(name);
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void frame_writer::fraction(std::string_view name, double value)
{
    name_of(name);
    char digits[40];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, std::isfinite(value) ? value : -1).ptr);
}

void frame_writer::numbers(std::string_view name, const std::vector<std::size_t>& values)
{
    name_of(name);
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i)
    {
        if (i > 0)
            out_ += ',';
        out_ += std::to_string(values[i]);
    }
    out_ += ']';
}

void frame_writer::object(std::string_view name, std::string_view json)
{
    name_of(name);
    out_ += json;
}

void frame_writer::finish(std::size_t payload_size)
{
    out_ += "}\n";
    const std::size_t length = out_.size() - begin_ - frame_prefix + payload_size;
    for (std::size_t i = 0; i < frame_prefix; ++i)
        out_[begin_ + i] = static_cast<char>((length >> (8 * (frame_prefix - 1 - i))) & 0xff);
}

bool parse_head(std::string_view text, frame_head& out)
{
    clear(out);
    unsigned char first[4096];
    json::monotonic_resource memory(first, sizeof first);
    boost::system::error_code error;
    const auto value = json::parse(json::string_view(text), error, &memory);
    if (error || !value.is_object())
        return false;
    for (const auto& [key, field] : value.get_object())
        if (!read_field(key, field, out))
            return false;
    return !out.type.empty();
}

} // namespace vn
