// Numbers as text, the same in every locale.
#pragma once

#include <vn/error.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace vn {

// Without white space (space, tab, CR, LF) at both ends. A view into text.
inline std::string_view trimmed(std::string_view text) noexcept
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

namespace detail {

// [+-] digits [. digits] [e [+-] digits], with a digit on at least one side of the point.
inline bool is_decimal(std::string_view text) noexcept
{
    std::size_t i = 0;
    const auto digits = [&] {
        const auto from = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9')
            ++i;
        return i - from;
    };
    const auto sign = [&] {
        if (i < text.size() && (text[i] == '+' || text[i] == '-'))
            ++i;
    };

    sign();
    auto count = digits();
    if (i < text.size() && text[i] == '.')
    {
        ++i;
        count += digits();
    }
    if (count == 0)
        return false;
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E'))
    {
        ++i;
        sign();
        if (digits() == 0)
            return false;
    }
    return i == text.size();
}

} // namespace detail

// The finite number that text is, all of it but white space at its ends; nothing for `1,5`, `0x10`, `nan`, `1e999`, "".
inline std::optional<double> to_number(std::string_view text)
{
    text = trimmed(text);
    if (!detail::is_decimal(text))
        return std::nullopt;
    if (text.front() == '+')
        text.remove_prefix(1);

    double value = 0;
#if defined(__cpp_lib_to_chars)
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
#else
    std::istringstream in{std::string(text)};
    in.imbue(std::locale::classic());
    if (!(in >> value))
        return std::nullopt;
#endif
    if (!std::isfinite(value))
        return std::nullopt;
    return value;
}

// The same for whole numbers: [+-] digits.
inline std::optional<std::int64_t> to_integer(std::string_view text)
{
    text = trimmed(text);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-')
        text.remove_prefix(1);

    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (text.empty() || read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    return value;
}

// The shortest text that reads back as the same number. Throws vn::error where value is not finite.
inline std::string number_text(double value)
{
    if (!std::isfinite(value))
        throw error(VN_FAILED, "the result is not a finite number");
#if defined(__cpp_lib_to_chars)
    // Plain digits where they are not absurdly long: 1e5 is 100000 to a reader.
    const bool plain = value == 0 || (std::fabs(value) >= 1e-7 && std::fabs(value) < 1e21);
    char text[64];
    const auto end = plain ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed)
                           : std::to_chars(text, text + sizeof text, value);
    return std::string(text, end.ptr);
#else
    for (int digits = 15;; ++digits)
    {
        std::ostringstream out;
        out.imbue(std::locale::classic());
        out.precision(digits);
        out << value;
        if (digits == 17 || to_number(out.str()) == value)
            return out.str();
    }
#endif
}

// With exactly so many digits (0 to 20) behind the point: 101 and 2 give "101.00". Never "-0.00".
inline std::string number_text(double value, int digits)
{
    if (!std::isfinite(value))
        throw error(VN_FAILED, "the result is not a finite number");
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out.setf(std::ios::fixed);
    out.precision(digits < 0 ? 0 : digits > 20 ? 20 : digits);
    out << value;
    auto text = out.str();
    if (text.front() == '-' && text.find_first_not_of("-0.") == text.npos)
        text.erase(0, 1);
    return text;
}

} // namespace vn
