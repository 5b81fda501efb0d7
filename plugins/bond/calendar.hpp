// Dates, day counts and coupon dates. No business days: what falls on a Sunday is counted, and paid, on that Sunday.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonds {

struct date
{
    int year, month, day;
};

// YYYY-MM-DD, in the calendar; nothing for any other text.
std::optional<date> read_date(std::string_view text);
std::string text_of(const date& day);

std::int64_t number_of(const date& day); // days from 1970-01-01
inline bool operator==(const date& a, const date& b)
{
    return number_of(a) == number_of(b);
}
inline bool operator<(const date& a, const date& b)
{
    return number_of(a) < number_of(b);
}

// Named as in FpML.
enum class day_count
{
    act_act_icma,  // ACT/ACT.ICMA    ICMA Rule Book, rule 251
    act_365_fixed, // ACT/365.FIXED  2006 ISDA Definitions, 4.16(d)
    act_360,       // ACT/360              4.16(e)
    thirty_360,    // 30/360            4.16(f), bond basis
    thirty_e_360   // 30E/360          4.16(g), Eurobond basis
};

std::optional<day_count> read_day_count(std::string_view text);

// As the convention counts them: actual days, or months of 30.
std::int64_t days_between(day_count count, const date& from, const date& to);
// How many such days are a year. Of ACT/ACT.ICMA: none, it has periods instead.
int days_in_year(day_count count);

// The coupon date so many periods before maturity. Where maturity is the last day of its month, all of them are;
// otherwise they have its day, or the last one of a shorter month.
date coupon_date(const date& maturity, int frequency, int periods_before);

} // namespace bonds
