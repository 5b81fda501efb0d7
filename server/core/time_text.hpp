// Times as they are written everywhere: ISO 8601, UTC, milliseconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vn {

// 2026-01-31T12:00:00.123Z
std::string time_text(std::chrono::system_clock::time_point t);

// The time now, in that form.
std::string now_text();

// Of that form, with any number of digits behind the second, or none. nullopt for anything else.
std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) noexcept;

inline long long ms_since_1970(std::chrono::system_clock::time_point t) noexcept
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

} // namespace vn
