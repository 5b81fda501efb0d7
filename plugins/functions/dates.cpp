// Functions of dates; see calendar_day.hpp. None of them asks the clock what day it is.
#include "catalogue.hpp"

#include <cstdint>
#include <optional>

namespace functions {

namespace {

std::string format_date(calendar_day day, text pattern)
{
    return formatted(day, pattern);
}

calendar_day parse_date(text value, text pattern)
{
    return read_day(value, pattern);
}

bool is_date(text value)
{
    try
    {
        calendar_day::parse(value);
        return true;
    }
    catch (const vn::error&)
    {
        return false;
    }
}

std::int64_t year(calendar_day day)
{
    return day.year;
}

std::int64_t month(calendar_day day)
{
    return day.month;
}

std::int64_t day_of_month(calendar_day day)
{
    return day.day;
}

std::int64_t weekday(calendar_day day)
{
    return day.weekday();
}

std::int64_t day_of_year(calendar_day day)
{
    return day.day_of_year();
}

std::int64_t days_in_month_of(calendar_day day)
{
    return days_in_month(day.year, day.month);
}

bool is_leap(calendar_day day)
{
    return is_leap_year(day.year);
}

std::int64_t days_between(calendar_day from, calendar_day to)
{
    return to.number() - from.number();
}

calendar_day add_days(calendar_day day, std::int64_t days)
{
    return day.plus_days(days);
}

calendar_day add_months(calendar_day day, std::int64_t months)
{
    return day.plus_months(months);
}

calendar_day add_years(calendar_day day, std::int64_t years)
{
    if (years < -10'000 || years > 10'000)
        vn::invalid("the result is not in the years 0001 to 9999");
    return day.plus_months(12 * years);
}

calendar_day end_of_month(calendar_day day)
{
    day.day = days_in_month(day.year, day.month);
    return day;
}

} // namespace

std::vector<vn::function> date_functions()
{
    using vn::function_of;
    return {
        function_of<format_date>("format_date", "A date as text", {"date: YYYY-MM-DD", "pattern: such as %d.%m.%Y"}),
        function_of<parse_date>("parse_date", "The date that a text is",
                                {"text: such as 31.01.2026", "pattern: such as %d.%m.%Y"}),
        function_of<is_date>("is_date", "Whether the other functions take this as a date", {"value: any text"}),
        function_of<year>("year", "The year", {"date: YYYY-MM-DD"}),
        function_of<month>("month", "The month, 1 to 12", {"date: YYYY-MM-DD"}),
        function_of<day_of_month>("day", "The day of the month", {"date: YYYY-MM-DD"}),
        function_of<weekday>("weekday", "1 for Monday to 7 for Sunday", {"date: YYYY-MM-DD"}),
        function_of<day_of_year>("day_of_year", "1 to 366", {"date: YYYY-MM-DD"}),
        function_of<days_in_month_of>("days_in_month", "How many days its month has", {"date: YYYY-MM-DD"}),
        function_of<is_leap>("is_leap_year", "Whether its year has 366 days", {"date: YYYY-MM-DD"}),
        function_of<days_between>("days_between", "Days from one date to another; negative if that is earlier",
                                  {"from: YYYY-MM-DD", "to: YYYY-MM-DD"}),
        function_of<add_days>("add_days", "So many days later", {"date: YYYY-MM-DD", "days: may be negative"}),
        function_of<add_months>("add_months", "So many months later; the last day of a month that is too short",
                                {"date: YYYY-MM-DD", "months: may be negative"}),
        function_of<add_years>("add_years", "So many years later; 28 February where there is no 29",
                               {"date: YYYY-MM-DD", "years: may be negative"}),
        function_of<end_of_month>("end_of_month", "The last day of its month", {"date: YYYY-MM-DD"}),
    };
}

} // namespace functions
