#include "pricing.hpp"

#include <vn/error.hpp>

#include <cmath>

namespace bonds {

namespace {

// Where the evaluation date lies between two coupon dates.
struct coupon_period
{
    date previous, next;
    int coupons_left;
};

coupon_period period_of(const terms& bond, const date& evaluation)
{
    int left = 1;
    while (evaluation < coupon_date(bond.maturity, bond.frequency, left))
        ++left;
    return {coupon_date(bond.maturity, bond.frequency, left), coupon_date(bond.maturity, bond.frequency, left - 1),
            left};
}

// A longer or shorter first coupon would be another amount, and nothing says which.
void check_first_period(const terms& bond, int from)
{
    auto at = coupon_date(bond.maturity, bond.frequency, from);
    while (*bond.issue < at)
        at = coupon_date(bond.maturity, bond.frequency, ++from);
    if (!(at == *bond.issue))
        vn::invalid("issue/date is " + text_of(*bond.issue) +
                    ", which is no coupon date: bonds with a long or short first period are not valued");
}

// Interest from the last coupon date on. ACT/ACT.ICMA: the share of the period's days in the period's coupon.
double accrued_interest(const terms& bond, const coupon_period& period, const date& evaluation)
{
    const auto days = static_cast<double>(days_between(bond.count, period.previous, evaluation));
    if (bond.count != day_count::act_act_icma)
        return bond.coupon * days / days_in_year(bond.count);
    const auto all = static_cast<double>(days_between(bond.count, period.previous, period.next));
    return bond.coupon / bond.frequency * days / all;
}

// In years. Coupon dates are whole periods apart, whatever the convention; only the period that has begun is counted
// in days. Without coupons there are no periods but those of ACT/ACT.ICMA.
double years_to(const terms& bond, const coupon_period& period, const date& evaluation)
{
    if (!bond.has_coupons && bond.count != day_count::act_act_icma)
        return static_cast<double>(days_between(bond.count, evaluation, bond.maturity)) / days_in_year(bond.count);
    // Not counted from here to the next date: in months of 30 days the two parts may be a day more than the whole.
    const auto gone = static_cast<double>(days_between(bond.count, period.previous, evaluation));
    const auto all = static_cast<double>(days_between(bond.count, period.previous, period.next));
    return (all - gone) / all / bond.frequency;
}

} // namespace

outstanding left_of(const terms& bond, const date& evaluation)
{
    if (!(evaluation < bond.maturity))
        vn::invalid("evaluation/date is " + text_of(evaluation) + ", not before maturity/date, which is " +
                    text_of(bond.maturity));
    if (bond.issue && evaluation < *bond.issue)
        vn::invalid("evaluation/date is " + text_of(evaluation) + ", before issue/date, which is " +
                    text_of(*bond.issue));

    const auto period = period_of(bond, evaluation);
    const auto first = years_to(bond, period, evaluation);
    if (!bond.has_coupons)
    {
        const auto whole_years = bond.count == day_count::act_act_icma ? period.coupons_left - 1 : 0;
        return {{{first + whole_years, bond.redemption}}, 0};
    }

    if (bond.issue)
        check_first_period(bond, period.coupons_left);
    outstanding left{{}, accrued_interest(bond, period, evaluation)};
    for (int i = 0; i < period.coupons_left; ++i)
        left.flows.push_back({first + static_cast<double>(i) / bond.frequency, bond.coupon / bond.frequency});
    left.flows.back().amount += bond.redemption;
    return left;
}

double dirty_price(const std::vector<cash_flow>& flows, compounding times, double yield)
{
    double price = 0;
    for (const auto& each : flows)
        price += each.amount *
                 (times == 0 ? std::exp(-yield * each.years) : std::pow(1 + yield / times, -times * each.years));
    return price;
}

std::optional<double> yield_of(const std::vector<cash_flow>& flows, compounding times, double price, double least,
                               double most)
{
    if (dirty_price(flows, times, least) < price || dirty_price(flows, times, most) > price)
        return std::nullopt;
    // Halving needs no derivative and cannot leave the range; the price only falls as the yield rises.
    for (int i = 0; i < 100; ++i)
    {
        const double middle = (least + most) / 2;
        (dirty_price(flows, times, middle) > price ? least : most) = middle;
    }
    return (least + most) / 2;
}

} // namespace bonds
