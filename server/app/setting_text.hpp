// How values of settings are written: numbers, sizes, times, flags, lists.
#pragma once

#include "core/number_text.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// A number with b, k, kb, kib, m, mb, mib, g, gb or gib, in any case; all are powers of 1024. No unit: bytes.
std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept;
std::string bytes_text(std::uint64_t bytes);

// A number with ms, s, m, min, h or d; no unit: unit_ms milliseconds each. Nothing if it is no multiple of unit_ms.
// The outcome counts in units.
std::optional<std::uint64_t> parse_duration(std::string_view text, std::uint64_t unit_ms) noexcept;

// true, yes, on, 1; false, no, off, 0; in any case.
std::optional<bool> parse_flag(std::string_view text) noexcept;

// The parts between commas without the spaces around them; nothing for parts that are empty.
std::vector<std::string> split_list(std::string_view text);

// Text as a value in an INFO file, quoted where it has to be.
std::string info_value(std::string_view text);

// For messages: in quotes, without control characters, cut at 80 bytes.
std::string shown(std::string_view text);

// user:password@ of a URL becomes user:***@.
std::string without_password(std::string_view url);

} // namespace vn
