#include "catalogue_test.hpp"

using functions_test::answers;
using functions_test::plugin;
using functions_test::refuses;

BOOST_AUTO_TEST_SUITE(dates)

BOOST_AUTO_TEST_CASE(knows_the_calendar)
{
    answers({
        {"year", {"2026-01-31"}, "2026"},
        {"month", {"2026-01-31"}, "1"},
        {"day", {"2026-01-31"}, "31"},
        {"day", {"2026-01-31T23:59:59.999-05:00"}, "31"},
        {"weekday", {"1970-01-01"}, "4"},
        {"weekday", {"2000-01-01"}, "6"},
        {"weekday", {"2024-02-29"}, "4"},
        {"weekday", {"2026-11-22"}, "7"},
        {"weekday", {"1969-12-29"}, "1"},
        {"weekday", {"0001-01-01"}, "1"},
        {"weekday", {"9999-12-31"}, "5"},
        {"day_of_year", {"2024-12-31"}, "366"},
        {"day_of_year", {"2026-12-31"}, "365"},
        {"day_of_year", {"2026-01-01"}, "1"},
        {"days_in_month", {"2024-02-01"}, "29"},
        {"days_in_month", {"1900-02-01"}, "28"},
        {"days_in_month", {"2000-02-01"}, "29"},
        {"days_in_month", {"2026-04-01"}, "30"},
        {"is_leap_year", {"2024-01-01"}, "true"},
        {"is_leap_year", {"1900-01-01"}, "false"},
        {"is_leap_year", {"2000-01-01"}, "true"},
        {"end_of_month", {"2024-02-10"}, "2024-02-29"},
        {"end_of_month", {"2026-12-31"}, "2026-12-31"},
        {"is_date", {"2024-02-29"}, "true"},
        {"is_date", {"2023-02-29"}, "false"},
        {"is_date", {""}, "false"},
    });
}

BOOST_AUTO_TEST_CASE(adds_days_months_and_years)
{
    answers({
        {"days_between", {"2024-01-01", "2024-12-31"}, "365"},
        {"days_between", {"2024-03-01", "2024-02-28"}, "-2"},
        {"days_between", {"0001-01-01", "9999-12-31"}, "3652058"},
        {"days_between", {"2024-01-01T23:00:00Z", "2024-01-02T01:00:00Z"}, "1"},
        {"add_days", {"2024-02-28", "1"}, "2024-02-29"},
        {"add_days", {"2024-02-28", "2"}, "2024-03-01"},
        {"add_days", {"2024-01-01", "-1"}, "2023-12-31"},
        {"add_days", {"1970-01-01", "-719162"}, "0001-01-01"},
        {"add_days", {"1970-01-01", "2932896"}, "9999-12-31"},
        {"add_days", {"2026-01-31T12:30:00Z", "1"}, "2026-02-01T12:30:00Z"},
        {"add_months", {"2026-01-31", "1"}, "2026-02-28"},
        {"add_months", {"2024-01-31", "1"}, "2024-02-29"},
        {"add_months", {"2026-03-31", "-1"}, "2026-02-28"},
        {"add_months", {"2026-01-15", "-13"}, "2024-12-15"},
        {"add_months", {"2026-06-30", "12"}, "2027-06-30"},
        {"add_months", {"2026-02-28", "1"}, "2026-03-28"},
        {"add_months", {"0001-01-01", "119987"}, "9999-12-01"},
        {"add_years", {"2024-02-29", "1"}, "2025-02-28"},
        {"add_years", {"2024-02-29", "-4"}, "2020-02-29"},
    });
}

BOOST_AUTO_TEST_CASE(formats_and_reads)
{
    answers({
        {"format_date", {"2026-01-05", "%d.%m.%Y"}, "05.01.2026"},
        {"format_date", {"2026-01-05", "%Y%m%d"}, "20260105"},
        {"format_date", {"2026-01-05", "%a %A %b %B"}, "Mon Monday Jan January"},
        {"format_date", {"2026-05-05", "%y-%e-%j-%u-%q"}, "26-5-125-2-2"},
        {"format_date", {"2026-01-05T20:16:43Z", "%F %T|%H|%M|%S"}, "2026-01-05 20:16:43|20|16|43"},
        {"format_date", {"2026-01-05", "%T 100%%"}, "00:00:00 100%"},
        {"format_date", {"2026-01-05", "día %e"}, "día 5"},
        {"format_date", {"2026-01-05", ""}, ""},
        {"format_date", {"0001-12-09", "%F"}, "0001-12-09"},
        {"parse_date", {"31.01.2026", "%d.%m.%Y"}, "2026-01-31"},
        {"parse_date", {"20240229", "%Y%m%d"}, "2024-02-29"},
        {"parse_date", {"5 Mar 2026", "%e %b %Y"}, "2026-03-05"},
        {"parse_date", {"May 17, 26", "%B %e, %y"}, "2026-05-17"},
        {"parse_date", {"01/02/69", "%m/%d/%y"}, "1969-01-02"},
        {"parse_date", {"01/02/68%", "%m/%d/%y%%"}, "2068-01-02"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_date)
{
    for (const char* text :
         {"", "2026", "2026-1-5", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31",
          "0000-01-01", "2026/01/01", "20260101", "today", "-026-01-01", "2026-01-0x"})
        refuses({{"year", {text}, "argument 'date' is not a date (YYYY-MM-DD)"},
                 {"days_between", {"2026-01-01", text}, "argument 'to' is not a date (YYYY-MM-DD)"}});
    for (const char* text : {"2026-01-01T", "2026-01-01x", "2026-01-01T24:00:00", "2026-01-01T12:60:00",
                             "2026-01-01T12:00", "2026-01-01T12:00:00.", "2026-01-01T12:00:00x", "2026-01-01 12:00:00",
                             "2026-01-01T12:00:00+1", "2026-01-01T12:00:00+15:00", "2026-01-01T12:00:61Z"})
        refuses({{"year", {text}, "argument 'date' is a date with a time that is none (THH:MM:SS)"}});
}

BOOST_AUTO_TEST_CASE(refuses_what_cannot_be_answered)
{
    const std::string beyond = "the result is not in the years 0001 to 9999";
    refuses({
        {"add_days", {"9999-12-31", "1"}, beyond},
        {"add_days", {"0001-01-01", "-1"}, beyond},
        {"add_days", {"2026-01-01", "9223372036854775807"}, beyond},
        {"add_days", {"2026-01-01", "-9223372036854775808"}, beyond},
        {"add_days", {"2026-01-01", "1.5"}, "argument 'days' is not a whole number"},
        {"add_months", {"9999-12-31", "1"}, beyond},
        {"add_months", {"0001-01-31", "-1"}, beyond},
        {"add_months", {"2026-01-01", "9223372036854775807"}, beyond},
        {"add_months", {"2026-01-01", "-9223372036854775808"}, beyond},
        {"add_years", {"2026-01-01", "7974"}, beyond},
        {"add_years", {"2026-01-01", "9223372036854775807"}, beyond},
        {"format_date", {"2026-01-01", "%Q"}, "argument 'pattern' has '%Q', which is not known"},
        {"format_date", {"2026-01-01", "%d%"}, "argument 'pattern' has '%', which is not known"},
        {"format_date", {"2026-01-01", std::string(1001, 'x')}, "argument 'pattern' has more than 1000 bytes"},
        {"parse_date", {"31.01.2026", "%d.%m"}, "argument 'text' does not fit the pattern"},
        {"parse_date", {"31.01.", "%d.%m.%Y"}, "argument 'text' does not fit the pattern"},
        {"parse_date", {"1.1.2026", "%d.%m.%Y"}, "argument 'text' does not fit the pattern"},
        {"parse_date", {"31.01.2026 ", "%d.%m.%Y"}, "argument 'text' does not fit the pattern"},
        {"parse_date", {"5 Foo 2026", "%e %b %Y"}, "argument 'text' does not fit the pattern"},
        {"parse_date", {"29.02.2026", "%d.%m.%Y"}, "argument 'text' is not a day of the calendar"},
        {"parse_date", {"99.99.2026", "%d.%m.%Y"}, "argument 'text' is not a day of the calendar"},
        {"parse_date", {"31.01", "%d.%m"}, "argument 'text' is not a day of the calendar"},
        {"parse_date", {"10:00", "%H:00"}, "argument 'pattern' has '%H', which is not known"},
    });
}

BOOST_AUTO_TEST_CASE(each_day_follows_the_one_before)
{
    int year = 1, month = 1, day = 1, weekday = 1, wrong = 0;
    const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    for (std::int64_t count = 0; count <= 3652058; ++count)
    {
        // All days around leap days and ends of years, and every 97th.
        if (count % 97 == 0 || (month == 2 && day > 27) || (month == 12 && day == 31))
        {
            auto text = std::to_string(year);
            text = std::string(4 - text.size(), '0') + text + "-" + two(month) + "-" + two(day);
            wrong += plugin().call("add_days", {"0001-01-01", std::to_string(count)}).text != text;
            wrong += plugin().call("weekday", {text}).text != std::to_string(weekday);
        }
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        const int last = month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
        weekday = weekday % 7 + 1;
        if (++day > last)
        {
            day = 1;
            year += month / 12;
            month = month % 12 + 1;
        }
    }
    BOOST_TEST(wrong == 0);
    BOOST_TEST(year == 10000);
}

BOOST_AUTO_TEST_SUITE_END()
