// The kinds a setting can be of. Each function makes one row of the table; field is a lambda that gives the member for
// a settings&, const or not.
#pragma once

#include "app/setting_text.hpp"
#include "app/settings_table.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace vn::kind {

struct declared
{
    std::string path;
    std::string about;
    std::string alias = {};
};

template <class Field>
using value_of = std::remove_cvref_t<std::invoke_result_t<Field, settings&>>;

inline setting row(declared d, std::string expects)
{
    return {.path = std::move(d.path),
            .about = std::move(d.about),
            .expects = std::move(expects),
            .alias = std::move(d.alias),
            .assign = {},
            .text = {}};
}

// What parse() makes of the text goes into the field if it is between low and high; show() is the way back.
template <class Field, class Parse, class Show>
void bind_range(setting& s, Field field, std::uint64_t low, std::uint64_t high, Parse parse, Show show)
{
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path&) {
        const auto number = parse(text);
        if (!number || *number < low || *number > high)
            return false;
        field(into) = static_cast<value_of<Field>>(*number);
        return true;
    };
    s.text = [=](const settings& from) { return show(static_cast<std::uint64_t>(field(from))); };
}

template <class Field>
setting number(declared d, std::uint64_t low, std::uint64_t high, Field field)
{
    auto s = row(std::move(d), "whole number, " + std::to_string(low) + " to " + std::to_string(high));
    bind_range(s, field, low, high, parse_number<>, [](std::uint64_t n) { return std::to_string(n); });
    return s;
}

template <class Field>
setting bytes(declared d, std::uint64_t low, std::uint64_t high, Field field)
{
    auto s = row(std::move(d), "bytes, or with kb, mb, gb; " + bytes_text(low) + " to " + bytes_text(high));
    bind_range(s, field, low, high, parse_bytes, bytes_text);
    return s;
}

// The unit is that of the member's type; low and high count in it.
template <class Field>
setting duration(declared d, std::uint64_t low, std::uint64_t high, Field field)
{
    using unit = value_of<Field>;
    constexpr bool in_ms = std::is_same_v<unit, std::chrono::milliseconds>;
    static_assert(in_ms || std::is_same_v<unit, std::chrono::seconds>);

    auto s = row(std::move(d), std::string(in_ms ? "milliseconds, or with s, m, h; " : "seconds, or with m, h, d; ") +
                                   std::to_string(low) + " to " + std::to_string(high));
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path&) {
        const auto count = parse_duration(text, in_ms ? 1 : 1000);
        if (!count || *count < low || *count > high)
            return false;
        field(into) = unit(static_cast<typename unit::rep>(*count));
        return true;
    };
    s.text = [=](const settings& from) { return std::to_string(field(from).count()); };
    return s;
}

template <class Field>
setting flag(declared d, Field field)
{
    auto s = row(std::move(d), "true or false");
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path&) {
        const auto value = parse_flag(text);
        if (value)
            field(into) = *value;
        return value.has_value();
    };
    s.text = [=](const settings& from) { return std::string(field(from) ? "true" : "false"); };
    return s;
}

// Text for which fits() holds.
template <class Field, class Fits>
setting text(declared d, std::string expects, Field field, Fits fits)
{
    auto s = row(std::move(d), std::move(expects));
    s.assign = [=](settings& into, std::string_view value, const std::filesystem::path&) {
        if (!fits(value))
            return false;
        field(into) = value;
        return true;
    };
    s.text = [=](const settings& from) { return field(from); };
    return s;
}

inline setting secret(setting s)
{
    s.secret = true;
    return s;
}

// One of a few words, in any case.
template <class Field, class Value = value_of<Field>>
setting choice(declared d, std::vector<std::pair<std::string, Value>> words, Field field)
{
    std::string expects = "one of ";
    for (const auto& [word, value] : words)
        expects += word + (word == words.back().first ? "" : ", ");
    auto s = row(std::move(d), std::move(expects));
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path&) {
        for (const auto& [word, value] : words)
            if (boost::algorithm::iequals(word, text))
                return field(into) = value, true;
        return false;
    };
    s.text = [=](const settings& from) {
        for (const auto& [word, value] : words)
            if (value == field(from))
                return word;
        return std::string();
    };
    return s;
}

inline std::string below(const std::filesystem::path& folder, std::string_view path)
{
    return path.empty() ? std::string() : (folder / path).lexically_normal().string();
}

template <class Field>
setting path(declared d, Field field)
{
    auto s = row(std::move(d), "path");
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path& folder) {
        field(into) = below(folder, text);
        return true;
    };
    s.text = [=](const settings& from) { return field(from); };
    return s;
}

// A path, or a name without '/' that is looked for when it is needed.
template <class Field>
setting program(declared d, Field field)
{
    auto s = row(std::move(d), "path or name");
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path& folder) {
        if (text.empty())
            return false;
        field(into) = text.find('/') == text.npos ? std::string(text) : below(folder, text);
        return true;
    };
    s.text = [=](const settings& from) { return field(from); };
    return s;
}

inline std::string joined(const std::vector<std::string>& texts)
{
    std::string all;
    for (const auto& one : texts)
        all += (all.empty() ? "" : ",") + one;
    return all;
}

// Texts between commas, for each of which fits() holds.
template <class Field, class Fits>
setting list(declared d, std::string expects, Field field, Fits fits)
{
    auto s = row(std::move(d), std::move(expects));
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path&) {
        auto all = split_list(text);
        for (const auto& one : all)
            if (!fits(one))
                return false;
        field(into) = std::move(all);
        return true;
    };
    s.text = [=](const settings& from) { return joined(field(from)); };
    return s;
}

template <class Field>
setting paths(declared d, Field field)
{
    auto s = row(std::move(d), "paths, comma-separated, in quotes");
    s.assign = [=](settings& into, std::string_view text, const std::filesystem::path& folder) {
        std::vector<std::string> all;
        for (const auto& one : split_list(text))
            all.push_back(below(folder, one));
        field(into) = std::move(all);
        return true;
    };
    s.text = [=](const settings& from) { return joined(field(from)); };
    return s;
}

} // namespace vn::kind
