// Days of the Gregorian calendar, also before 1582: years 0001 to 9999. With a time of day where one was given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace functions {

struct calendar_day
{
    int year, month, day;
    std::string time; // "T12:30:00Z" as written, or empty

    // 2026-01-31, or 2026-01-31T12:30:00 with an optional fraction of seconds and Z or an offset such as +02:00.
    // Throws VN_INVALID.
    static calendar_day parse(std::string_view text);
    std::string text() const;

    std::int64_t number() const; // of the day, counted from 1970-01-01; the time has no part in it
    int weekday() const;         // 1 is Monday, 7 is Sunday, as in ISO 8601
    int day_of_year() const;

    // The time of day stays. Throw VN_INVALID outside of the years 0001 to 9999.
    calendar_day plus_days(std::int64_t days) const;
    // The 31st becomes the last day of a shorter month: 2026-01-31 and one month is 2026-02-28.
    calendar_day plus_months(std::int64_t months) const;
};

bool is_leap_year(int year);
int days_in_month(int year, int month);
calendar_day day_with_number(std::int64_t number);

// Letters: %Y 2026, %y 26, %m 01, %d 05, %e 5, %b Jan, %B January, %a Mon, %A Monday, %u 1, %j 005, %q 1 (quarter),
// %H %M %S (00 without a time), %F is %Y-%m-%d, %T is %H:%M:%S, %% a percent sign. Names are English. Throw VN_INVALID.
std::string formatted(const calendar_day& day, std::string_view pattern);
// Reads %Y %y %m %d %e %b %B and %%; %y from 69 is 1969, below is 2000. Everything else has to be there as written.
calendar_day read_day(std::string_view text, std::string_view pattern);

} // namespace functions
