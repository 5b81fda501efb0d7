// Figures that others have published.
#include "bond_task.hpp"

#include <cmath>

using bond_test::bond_task;
using bond_test::value_of;

namespace {

// To so many decimals, as printed.
bool prints_as(double value, double printed, int decimals)
{
    return std::fabs(value - printed) <= 0.5 * std::pow(10, -decimals) + 1e-9;
}

} // namespace

BOOST_AUTO_TEST_SUITE(published)

// Microsoft, reference of Excel: the example of PRICE.
BOOST_AUTO_TEST_CASE(excel_price)
{
    const auto value = value_of({.evaluation = "2008-02-15",
                                 .maturity = "2017-11-15",
                                 .coupon = "5.75",
                                 .day_count = "30/360",
                                 .rate = "0.065"});
    BOOST_TEST(prints_as(value.clean, 94.63436162, 8), value.clean);
    BOOST_TEST(value.accrued == 1.4375);
}

// Microsoft, reference of Excel: the example of YIELD.
BOOST_AUTO_TEST_CASE(excel_yield)
{
    const auto value = value_of({.evaluation = "2008-02-15",
                                 .maturity = "2016-11-15",
                                 .coupon = "5.75",
                                 .day_count = "30/360",
                                 .rate = "",
                                 .price = "95.04287"});
    BOOST_TEST(prints_as(value.yield, 0.065, 7), value.yield);
    BOOST_TEST(value.clean == 95.04287);
}

// Microsoft, reference of Excel: the example of ACCRINT, 16.666667 on a face value of 1000.
BOOST_AUTO_TEST_CASE(excel_accrued_interest)
{
    const auto value = value_of({.evaluation = "2008-05-01",
                                 .maturity = "2012-09-01",
                                 .issue = "2008-03-01",
                                 .coupon = "10",
                                 .day_count = "30/360"});
    BOOST_TEST(prints_as(10 * value.accrued, 16.666667, 6), value.accrued);
}

// 31 CFR part 356, appendix B: 8-3/4% bond issued August 15, 1990, due August 15, 2020, at 8.84%.
BOOST_AUTO_TEST_CASE(treasury_bond)
{
    const auto value = value_of({.evaluation = "1990-08-15",
                                 .maturity = "2020-08-15",
                                 .issue = "1990-08-15",
                                 .coupon = "8.75",
                                 .rate = "0.0884"});
    BOOST_TEST(prints_as(value.clean, 99.057893, 6), value.clean);
    BOOST_TEST(value.accrued == 0);
}

// Fabozzi, Bond Markets, Analysis and Strategies, chapter 2: 20 years, 10% paid twice a year, on a face value of 1000.
BOOST_AUTO_TEST_CASE(fabozzi_price)
{
    const auto at = [](const char* rate) {
        return 10 *
               value_of({.evaluation = "2020-03-01", .maturity = "2040-03-01", .coupon = "10", .rate = rate}).clean;
    };
    BOOST_TEST(prints_as(at("0.11"), 919.77, 2), at("0.11"));
    BOOST_TEST(prints_as(at("0.068"), 1347.04, 2), at("0.068"));
}

// The same chapter: a zero-coupon bond of 15 years at 9.4%, compounded twice a year.
BOOST_AUTO_TEST_CASE(fabozzi_zero_coupon)
{
    const auto value = value_of({.evaluation = "2020-03-01",
                                 .maturity = "2035-03-01",
                                 .coupon = "",
                                 .day_count = "30/360",
                                 .rate = "0.094",
                                 .compounding = "semiannual"});
    BOOST_TEST(prints_as(10 * value.clean, 252.12, 2), value.clean);
}

// CFA Institute, Fixed Income Analysis, "Introduction to Fixed-Income Valuation": between coupon dates. 6%, due
// September 19, 2026, settled June 18, 2015 at 5.80%, 30/360: 89 days have gone.
BOOST_AUTO_TEST_CASE(between_coupon_dates)
{
    const auto value = value_of(
        {.evaluation = "2015-06-18", .maturity = "2026-09-19", .coupon = "6", .day_count = "30/360", .rate = "0.058"});
    BOOST_TEST(prints_as(value.dirty, 103.108770, 6), value.dirty);
    BOOST_TEST(prints_as(value.accrued, 1.483333, 6), value.accrued);
    BOOST_TEST(prints_as(value.clean, 101.625437, 6), value.clean);
}

// The same chapter: 4.375%, paid May 15 and November 15, settled June 27: 43 of 184 actual days, or 42 of 180.
BOOST_AUTO_TEST_CASE(two_day_counts)
{
    const auto accrued = [](const char* count) {
        return value_of({.evaluation = "2019-06-27", .maturity = "2022-11-15", .coupon = "4.375", .day_count = count})
            .accrued;
    };
    BOOST_TEST(prints_as(accrued("ACT/ACT.ICMA"), 0.511209, 6), accrued("ACT/ACT.ICMA"));
    BOOST_TEST(prints_as(accrued("30/360"), 0.510417, 6), accrued("30/360"));
}

// Hull, Options, Futures, and Other Derivatives, chapter 4: two years, 6% paid twice a year, worth 98.39; its yield is
// 6.76% with continuous compounding.
BOOST_AUTO_TEST_CASE(hull_bond_yield)
{
    const auto value = value_of({.evaluation = "2022-06-15",
                                 .maturity = "2024-06-15",
                                 .coupon = "6",
                                 .rate = "",
                                 .price = "98.39",
                                 .compounding = "continuous"});
    BOOST_TEST(prints_as(value.yield, 0.0676, 4), value.yield);
}

BOOST_AUTO_TEST_SUITE_END()
