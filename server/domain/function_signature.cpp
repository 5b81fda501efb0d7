#include "domain/function_signature.hpp"

#include "domain/xml_names.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace vn {

namespace {

using std::string_view;

template <class Number>
bool is_number(string_view text) noexcept
{
    auto digits = text;
    if (text.starts_with('+'))
    {
        text.remove_prefix(1);
        digits = text;
    }
    else if (text.starts_with('-'))
        digits.remove_prefix(1);
    // from_chars would read "inf" and "nan" as well.
    if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.'))
        return false;
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

// Exactly `size` digits at the front, which are taken.
bool take_digits(string_view& text, std::size_t size, unsigned& value) noexcept
{
    value = 0;
    if (text.size() < size)
        return false;
    for (std::size_t i = 0; i < size; ++i)
    {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + static_cast<unsigned>(text[i] - '0');
    }
    text.remove_prefix(size);
    return true;
}

bool take(string_view& text, char c) noexcept
{
    if (!text.starts_with(c))
        return false;
    text.remove_prefix(1);
    return true;
}

bool is_time(string_view text) noexcept
{
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute) || hour > 23 || minute > 59)
        return false;
    if (take(text, ':'))
    {
        if (!take_digits(text, 2, second) || second > 60)
            return false;
        if (take(text, '.'))
        {
            const auto end = text.find_first_not_of("0123456789");
            if (end == 0 || text.empty())
                return false;
            text.remove_prefix(end == text.npos ? text.size() : end);
        }
    }
    if (text.empty() || text == "Z")
        return true;
    if (!take(text, '+') && !take(text, '-'))
        return false;
    return take_digits(text, 2, hour) && take(text, ':') && take_digits(text, 2, minute) && text.empty() &&
           hour <= 14 && minute <= 59;
}

bool is_date(string_view text) noexcept
{
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    if (!take_digits(text, 4, year) || !take(text, '-') || !take_digits(text, 2, month) || !take(text, '-') ||
        !take_digits(text, 2, day))
        return false;
    const auto date = std::chrono::year(static_cast<int>(year)) / std::chrono::month(month) / std::chrono::day(day);
    return date.ok() && (text.empty() || (take(text, 'T') && is_time(text)));
}

} // namespace

bool is_of_type(value_type type, string_view text) noexcept
{
    switch (type)
    {
    case value_type::number:
        return is_number<double>(text);
    case value_type::integer:
        return is_number<std::int64_t>(text);
    case value_type::boolean:
        return text == "true" || text == "false";
    case value_type::date:
        return is_date(text);
    case value_type::text:
    case value_type::xml:
    case value_type::path:
        break;
    }
    return true;
}

string_view with_article(value_type type) noexcept
{
    switch (type)
    {
    case value_type::number:
        return "a number";
    case value_type::integer:
        return "an integer";
    case value_type::boolean:
        return "true or false";
    case value_type::date:
        return "a date";
    case value_type::text:
        return "a text";
    case value_type::xml:
        return "XML";
    case value_type::path:
        break;
    }
    return "a path";
}

string_view value_text(value_type type, string_view text) noexcept
{
    return type == value_type::text || type == value_type::xml ? text : trimmed(text);
}

std::size_t function_signature::least() const noexcept
{
    std::size_t count = 0;
    for (const auto& p : parameters)
        count += p.optional ? 0 : 1;
    return count;
}

const function_parameter* function_signature::at(std::size_t argument) const noexcept
{
    if (argument < parameters.size())
        return &parameters[argument];
    return !parameters.empty() && parameters.back().repeated ? &parameters.back() : nullptr;
}

std::string function_signature::expectation() const
{
    const auto few = least();
    const auto many = parameters.size();
    const bool open = !parameters.empty() && parameters.back().repeated;
    std::string out = open ? "at least " + std::to_string(few) : std::to_string(few);
    if (!open && few != many)
        out += " to " + std::to_string(many);
    return out + ((open || few == many ? few : many) == 1 ? " argument" : " arguments");
}

} // namespace vn
