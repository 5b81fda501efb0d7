// formatted() and read_day() of calendar_day.hpp.
#include "calendar_day.hpp"

#include <vn/error.hpp>
#include <vn/number.hpp>

#include <cstddef>

namespace functions {

namespace {

constexpr std::string_view months[] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view weekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

constexpr std::size_t longest_pattern = 1000;

std::string padded(int number, std::size_t width)
{
    auto text = std::to_string(number);
    return text.size() < width ? text.insert(0, width - text.size(), '0') : text;
}

std::string_view name_of(const std::string_view (&names)[12], int month)
{
    return names[static_cast<std::size_t>(month - 1)];
}

std::string_view name_of(const std::string_view (&names)[7], int weekday)
{
    return names[static_cast<std::size_t>(weekday - 1)];
}

[[noreturn]] void unknown(std::string_view pattern, std::size_t at)
{
    vn::invalid("argument 'pattern' has '" + std::string(pattern.substr(at, 2)) + "', which is not known");
}

std::string one_letter(const calendar_day& day, std::string_view pattern, std::size_t at)
{
    const auto time = day.time.empty() ? std::string_view("T00:00:00") : std::string_view(day.time);
    switch (at + 1 < pattern.size() ? pattern[at + 1] : '\0')
    {
    case 'Y':
        return padded(day.year, 4);
    case 'y':
        return padded(day.year % 100, 2);
    case 'm':
        return padded(day.month, 2);
    case 'd':
        return padded(day.day, 2);
    case 'e':
        return std::to_string(day.day);
    case 'b':
        return std::string(name_of(months, day.month).substr(0, 3));
    case 'B':
        return std::string(name_of(months, day.month));
    case 'a':
        return std::string(name_of(weekdays, day.weekday()).substr(0, 3));
    case 'A':
        return std::string(name_of(weekdays, day.weekday()));
    case 'u':
        return std::to_string(day.weekday());
    case 'j':
        return padded(day.day_of_year(), 3);
    case 'q':
        return std::to_string((day.month + 2) / 3);
    case 'H':
        return std::string(time.substr(1, 2));
    case 'M':
        return std::string(time.substr(4, 2));
    case 'S':
        return std::string(time.substr(7, 2));
    case 'F':
        return padded(day.year, 4) + "-" + padded(day.month, 2) + "-" + padded(day.day, 2);
    case 'T':
        return std::string(time.substr(1, 8));
    case '%':
        return "%";
    default:
        unknown(pattern, at);
    }
}

void check(std::string_view pattern)
{
    if (pattern.size() > longest_pattern)
        vn::invalid("argument 'pattern' has more than 1000 bytes");
}

// Reads pieces off the front of a text.
class day_reader
{
    std::string_view left_;

public:
    explicit day_reader(std::string_view text) : left_(text) {}

    [[noreturn]] static void refuse() { vn::invalid("argument 'text' does not fit the pattern"); }

    bool at_end() const { return left_.empty(); }

    int number(std::size_t least, std::size_t most)
    {
        std::size_t size = 0;
        while (size < most && size < left_.size() && left_[size] >= '0' && left_[size] <= '9')
            ++size;
        if (size < least)
            refuse();
        const auto value = *vn::to_integer(left_.substr(0, size));
        left_.remove_prefix(size);
        return static_cast<int>(value);
    }

    int month(bool whole_name)
    {
        for (int month = 1; month <= 12; ++month)
        {
            const auto name = whole_name ? name_of(months, month) : name_of(months, month).substr(0, 3);
            if (left_.substr(0, name.size()) == name)
            {
                left_.remove_prefix(name.size());
                return month;
            }
        }
        refuse();
    }

    void literal(char c)
    {
        if (left_.empty() || left_.front() != c)
            refuse();
        left_.remove_prefix(1);
    }
};

} // namespace

std::string formatted(const calendar_day& day, std::string_view pattern)
{
    check(pattern);
    std::string out;
    for (std::size_t at = 0; at < pattern.size(); ++at)
        if (pattern[at] == '%')
            out += one_letter(day, pattern, at++);
        else
            out += pattern[at];
    return out;
}

calendar_day read_day(std::string_view text, std::string_view pattern)
{
    check(pattern);
    day_reader reader(text);
    int year = 0, month = 0, day = 0;
    for (std::size_t at = 0; at < pattern.size(); ++at)
    {
        if (pattern[at] != '%')
        {
            reader.literal(pattern[at]);
            continue;
        }
        switch (at + 1 < pattern.size() ? pattern[at + 1] : '\0')
        {
        case 'Y':
            year = reader.number(4, 4);
            break;
        case 'y':
            year = reader.number(2, 2);
            year += year >= 69 ? 1900 : 2000;
            break;
        case 'm':
            month = reader.number(2, 2);
            break;
        case 'd':
            day = reader.number(2, 2);
            break;
        case 'e':
            day = reader.number(1, 2);
            break;
        case 'b':
            month = reader.month(false);
            break;
        case 'B':
            month = reader.month(true);
            break;
        case '%':
            reader.literal('%');
            break;
        default:
            unknown(pattern, at);
        }
        ++at;
    }
    if (!reader.at_end())
        day_reader::refuse();
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        vn::invalid("argument 'text' is not a day of the calendar");
    return {year, month, day, ""};
}

} // namespace functions
