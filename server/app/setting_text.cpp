#include "app/setting_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <limits>

namespace vn {

namespace {

struct unit
{
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t kib = 1024;

constexpr std::array<unit, 10> sizes{{{"b", 1},
                                      {"k", kib},
                                      {"kb", kib},
                                      {"kib", kib},
                                      {"m", kib* kib},
                                      {"mb", kib* kib},
                                      {"mib", kib* kib},
                                      {"g", kib* kib* kib},
                                      {"gb", kib* kib* kib},
                                      {"gib", kib* kib* kib}}};

constexpr std::array<unit, 6> times{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t';
}

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text, const std::array<unit, N>& units,
                                             std::uint64_t factor) noexcept
{
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number(text.substr(0, digits));
    if (!number)
        return {};

    auto name = text.substr(digits);
    while (!name.empty() && is_space(name.front()))
        name.remove_prefix(1);
    if (!name.empty())
    {
        const auto same = [&](const unit& u) {
            return std::ranges::equal(u.name, name, {}, {}, [](unsigned char c) { return std::tolower(c); });
        };
        const auto found = std::ranges::find_if(units, same);
        if (found == units.end())
            return {};
        factor = found->factor;
    }
    if (*number > std::numeric_limits<std::uint64_t>::max() / factor)
        return {};
    return *number * factor;
}

} // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept
{
    return parse_with_unit(text, sizes, 1);
}

std::string bytes_text(std::uint64_t bytes)
{
    for (const auto& [name, factor] : {unit{"gb", kib * kib * kib}, unit{"mb", kib * kib}, unit{"kb", kib}})
        if (bytes > 0 && bytes % factor == 0)
            return std::to_string(bytes / factor) + std::string(name);
    return std::to_string(bytes);
}

std::optional<std::uint64_t> parse_duration(std::string_view text, std::uint64_t unit_ms) noexcept
{
    const auto ms = parse_with_unit(text, times, unit_ms);
    if (!ms || *ms % unit_ms != 0)
        return {};
    return *ms / unit_ms;
}

std::optional<bool> parse_flag(std::string_view text) noexcept
{
    const auto word = lower(text.substr(0, 8));
    for (const char* yes : {"true", "yes", "on", "1"})
        if (word == yes)
            return true;
    for (const char* no : {"false", "no", "off", "0"})
        if (word == no)
            return false;
    return {};
}

std::vector<std::string> split_list(std::string_view text)
{
    std::vector<std::string> parts;
    while (!text.empty())
    {
        const auto comma = std::min(text.find(','), text.size());
        auto part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (!part.empty() && is_space(part.front()))
            part.remove_prefix(1);
        while (!part.empty() && is_space(part.back()))
            part.remove_suffix(1);
        if (!part.empty())
            parts.emplace_back(part);
    }
    return parts;
}

std::string info_value(std::string_view text)
{
    constexpr std::string_view special = "\"\\;{}#";
    const auto plain = [&](char c) { return static_cast<unsigned char>(c) > ' ' && special.find(c) == special.npos; };
    if (!text.empty() && std::ranges::all_of(text, plain))
        return std::string(text);

    std::string out = "\"";
    for (const char c : text)
    {
        if (c == '"' || c == '\\')
            out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out + '"';
}

std::string shown(std::string_view text)
{
    constexpr std::size_t longest = 80;
    std::string out = "\"";
    for (const char c : text.substr(0, longest))
        out += (c >= 0 && c < 0x20) || c == 0x7f ? '?' : c;
    out += text.size() > longest ? "...\"" : "\"";
    return out;
}

std::string without_password(std::string_view url)
{
    const auto start = url.find("://");
    const auto user = start == url.npos ? 0 : start + 3;
    const auto at = url.rfind('@');
    std::string out(url);
    if (at != url.npos && at >= user)
    {
        const auto colon = url.find(':', user);
        const auto from = colon < at ? colon + 1 : user;
        out.replace(from, at - from, "***");
    }
    // unix:// takes the password as a parameter.
    constexpr std::string_view parameter = "password=";
    for (auto key = out.find(parameter); key != out.npos; key = out.find(parameter, key))
    {
        key += parameter.size();
        out.replace(key, std::min(out.find('&', key), out.size()) - key, "***");
    }
    return out;
}

} // namespace vn
