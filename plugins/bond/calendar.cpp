#include "calendar.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace bonds {

namespace {

int days_in_month(int year, int month)
{
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t days_of_thirty(date from, date to, bool european)
{
    from.day = std::min(from.day, 30);
    if (to.day == 31 && (european || from.day == 30))
        to.day = 30;
    return 360 * (to.year - from.year) + 30 * (to.month - from.month) + (to.day - from.day);
}

} // namespace

std::optional<date> read_date(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    int parts[3] = {0, 0, 0};
    for (std::size_t i = 0, part = 0; i < text.size(); ++i)
    {
        if (i == 4 || i == 7)
            ++part;
        else if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        else
            parts[part] = parts[part] * 10 + (text[i] - '0');
    }
    const date day{parts[0], parts[1], parts[2]};
    if (day.year < 1 || day.month < 1 || day.month > 12 || day.day < 1 || day.day > days_in_month(day.year, day.month))
        return std::nullopt;
    return day;
}

std::string text_of(const date& day)
{
    char text[40];
    const int size = std::snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
    return std::string(text, static_cast<std::size_t>(size));
}

// Years begin in March here, so that the leap day comes last.
std::int64_t number_of(const date& day)
{
    const std::int64_t y = day.month > 2 ? day.year : day.year - 1;
    const std::int64_t m = day.month > 2 ? day.month - 3 : day.month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day.day - 719469;
}

std::optional<day_count> read_day_count(std::string_view text)
{
    if (text == "ACT/ACT.ICMA")
        return day_count::act_act_icma;
    if (text == "ACT/365.FIXED")
        return day_count::act_365_fixed;
    if (text == "ACT/360")
        return day_count::act_360;
    if (text == "30/360")
        return day_count::thirty_360;
    if (text == "30E/360")
        return day_count::thirty_e_360;
    return std::nullopt;
}

std::int64_t days_between(day_count count, const date& from, const date& to)
{
    if (count == day_count::thirty_360 || count == day_count::thirty_e_360)
        return days_of_thirty(from, to, count == day_count::thirty_e_360);
    return number_of(to) - number_of(from);
}

int days_in_year(day_count count)
{
    return count == day_count::act_365_fixed ? 365 : 360;
}

date coupon_date(const date& maturity, int frequency, int periods_before)
{
    const int months = maturity.year * 12 + maturity.month - 1 - periods_before * (12 / frequency);
    date day{months / 12, months % 12 + 1, maturity.day};
    const int last = days_in_month(day.year, day.month);
    const bool at_end = maturity.day == days_in_month(maturity.year, maturity.month);
    day.day = at_end ? last : std::min(maturity.day, last);
    return day;
}

} // namespace bonds
