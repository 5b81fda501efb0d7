#include "calendar_day.hpp"

#include <vn/error.hpp>
#include <vn/number.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace functions {

namespace {

bool all_digits(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// The number in text[at, at + size), which has to be digits; -1 if it is not.
int number_at(std::string_view text, std::size_t at, std::size_t size)
{
    if (at + size > text.size() || !all_digits(text.substr(at, size)))
        return -1;
    return static_cast<int>(*vn::to_integer(text.substr(at, size)));
}

bool between(int value, int least, int most)
{
    return value >= least && value <= most;
}

bool is_zone(std::string_view text)
{
    return text.empty() || text == "Z" ||
           (text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
            between(number_at(text, 1, 2), 0, 14) && between(number_at(text, 4, 2), 0, 59));
}

// T12:30:00, .123, zone
bool is_time(std::string_view text)
{
    if (text.size() < 9 || text[0] != 'T' || text[3] != ':' || text[6] != ':' ||
        !between(number_at(text, 1, 2), 0, 23) || !between(number_at(text, 4, 2), 0, 59) ||
        !between(number_at(text, 7, 2), 0, 59))
        return false;
    text.remove_prefix(9);
    if (!text.empty() && text[0] == '.')
    {
        const auto end = std::min(text.find_first_not_of("0123456789", 1), text.size());
        if (end == 1)
            return false;
        text.remove_prefix(end);
    }
    return is_zone(text);
}

bool is_day(int year, int month, int day)
{
    return between(year, 1, 9999) && between(month, 1, 12) && between(day, 1, days_in_month(year, month));
}

} // namespace

bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in_month(int year, int month)
{
    if (month == 2)
        return is_leap_year(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

calendar_day calendar_day::parse(std::string_view text)
{
    text = vn::trimmed(text);
    const calendar_day day{number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2),
                           std::string(text.substr(std::min<std::size_t>(text.size(), 10)))};
    if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !is_day(day.year, day.month, day.day))
        vn::invalid("is not a date (YYYY-MM-DD)");
    if (!day.time.empty() && !is_time(day.time))
        vn::invalid("is a date with a time that is none (THH:MM:SS)");
    return day;
}

std::string calendar_day::text() const
{
    return formatted(*this, "%F") + time;
}

// Years begin in March here, so that the leap day comes last.
std::int64_t calendar_day::number() const
{
    const std::int64_t y = month > 2 ? year : year - 1;
    const std::int64_t m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

calendar_day day_with_number(std::int64_t number)
{
    constexpr std::int64_t first = -719162, last = 2932896; // 0001-01-01, 9999-12-31
    if (number < first || number > last)
        vn::invalid("the result is not in the years 0001 to 9999");

    calendar_day result{static_cast<int>(number < 0 ? 1969 + number / 365 : 1970 + number / 366), 1, 1, ""};
    if (result.year < 1)
        result.year = 1;
    while (result.year < 9999 && calendar_day{result.year + 1, 1, 1, ""}.number() <= number)
        ++result.year;
    auto left = static_cast<int>(number - result.number());
    for (; left >= days_in_month(result.year, result.month); ++result.month)
        left -= days_in_month(result.year, result.month);
    result.day += left;
    return result;
}

int calendar_day::weekday() const
{
    const auto from_thursday = number() % 7; // 1970-01-01 was one
    return static_cast<int>((from_thursday + 7 + 3) % 7) + 1;
}

int calendar_day::day_of_year() const
{
    return static_cast<int>(number() - calendar_day{year, 1, 1, ""}.number()) + 1;
}

calendar_day calendar_day::plus_days(std::int64_t days) const
{
    if (days < -4'000'000 || days > 4'000'000)
        vn::invalid("the result is not in the years 0001 to 9999");
    auto result = day_with_number(number() + days);
    result.time = time;
    return result;
}

calendar_day calendar_day::plus_months(std::int64_t months) const
{
    const std::int64_t all = months < -200'000 || months > 200'000 ? -1 : year * 12 + month - 1 + months;
    if (all < 12 || all >= 120'000)
        vn::invalid("the result is not in the years 0001 to 9999");
    calendar_day result{static_cast<int>(all / 12), static_cast<int>(all % 12) + 1, 1, time};
    result.day = std::min(day, days_in_month(result.year, result.month));
    return result;
}

} // namespace functions
