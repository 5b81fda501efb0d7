// Numbers as they are written in fields and settings: decimal digits and nothing else.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace vn {

// Nothing unless all of text is one number that fits.
template <class Number = std::uint64_t>
std::optional<Number> parse_number(std::string_view text) noexcept
{
    const auto end = text.data() + text.size();
    Number n{};
    const auto [rest, ec] = std::from_chars(text.data(), end, n);
    return ec == std::errc() && rest == end ? std::optional(n) : std::nullopt;
}

} // namespace vn
