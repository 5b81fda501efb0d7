// The formulas. All prices and amounts are per 100 of face value, all yields decimals a year.
//
//   dirty price = sum of amount * discount(years)      the present value of what is still to be paid
//   clean price = dirty price - accrued interest       what is quoted
//   discount(t) = (1 + y/m)^(-m t), or exp(-y t)       one yield for all cash flows
//
// This is the ICMA (also: street) convention for redemption yields: the next payment is a fraction of a coupon period
// away, each further one a whole period more, and interest is compounded in the last period as well. Sources: ICMA Rule
// Book, rules 251 and 803; F. J. Fabozzi, Bond Markets, Analysis and Strategies, chapters 2 and 3; J. C. Hull, Options,
// Futures, and Other Derivatives, chapter 4.
#pragma once

#include "calendar.hpp"

#include <optional>
#include <vector>

namespace bonds {

struct terms
{
    date maturity;
    std::optional<date> issue;
    double coupon = 0; // a year
    int frequency = 1; // coupons a year: 1, 2, 4 or 12
    bool has_coupons = true;
    day_count count = day_count::act_act_icma;
    double redemption = 100;
};

// How often a year interest is added to the capital; 0: all the time.
using compounding = int;

struct cash_flow
{
    double years; // from the evaluation date
    double amount;
};

// What is left of a bond on a day.
struct outstanding
{
    std::vector<cash_flow> flows; // by date
    double accrued;
};

// A coupon due on the evaluation date has been paid. Throws VN_INVALID where the bond does not live then, or its first
// period is not a whole one.
outstanding left_of(const terms& bond, const date& evaluation);

double dirty_price(const std::vector<cash_flow>& flows, compounding times, double yield);

// The yield from least to most at which the flows are worth that much; nothing if there is none.
std::optional<double> yield_of(const std::vector<cash_flow>& flows, compounding times, double price, double least,
                               double most);

} // namespace bonds
