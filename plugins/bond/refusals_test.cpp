// What is not valued, and what is said about it.
#include "bond_task.hpp"

#include <utility>
#include <vector>

using bond_test::bond_task;
using bond_test::plugin;

namespace {

void refused(const std::string& xml, const std::string& reason)
{
    BOOST_TEST_CONTEXT(xml)
    {
        const auto given = plugin().run("bond", xml);
        BOOST_TEST(given.status == VN_INVALID);
        BOOST_TEST(given.reason == reason);
        BOOST_TEST(given.text == "");
    }
}

// The usual task with one part replaced.
std::string with(const std::string& part, const std::string& by)
{
    auto xml = bond_task{.issue = "2025-01-15", .day_count = "30/360", .redemption = "100"}.xml();
    const auto at = xml.find(part);
    BOOST_TEST_REQUIRE(at != xml.npos, part);
    return xml.replace(at, part.size(), by);
}

} // namespace

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_AUTO_TEST_CASE(numbers_out_of_their_units)
{
    const std::pair<const char*, std::string> rates[] = {
        {"4.12", "rate (line 2) is '4.12'; allowed: -0.1 to 0.5, decimal"},
        {"0.51", "rate (line 2) is '0.51'; allowed: -0.1 to 0.5, decimal"},
        {"-0.11", "rate (line 2) is '-0.11'; allowed: -0.1 to 0.5, decimal"},
        {"4.12%", "rate (line 2) is '4.12%'; allowed: -0.1 to 0.5, decimal"},
        {"0,0412", "rate (line 2) is '0,0412'; allowed: -0.1 to 0.5, decimal"},
        {"nan", "rate (line 2) is 'nan'; allowed: -0.1 to 0.5, decimal"},
        {"1e999", "rate (line 2) is '1e999'; allowed: -0.1 to 0.5, decimal"},
        {" ", "rate (line 2) is ''; allowed: -0.1 to 0.5, decimal"},
    };
    for (const auto& [rate, reason] : rates)
        refused(bond_task{.rate = rate}.xml(), reason);
    refused(with("<rate>0.05", "<rate unit='percent'>0.05"),
            "rate (line 2) has the unit 'percent'; allowed: -0.1 to 0.5, decimal");

    const std::pair<const char*, std::string> coupons[] = {
        {"-1", "rate (line 5) is '-1'; allowed: 0 to 50, percent"},
        {"50.1", "rate (line 5) is '50.1'; allowed: 0 to 50, percent"},
        {"inf", "rate (line 5) is 'inf'; allowed: 0 to 50, percent"},
        {"five", "rate (line 5) is 'five'; allowed: 0 to 50, percent"},
    };
    for (const auto& [coupon, reason] : coupons)
        refused(bond_task{.coupon = coupon}.xml(), reason);
    refused(with("<rate>5<", "<rate unit='decimal'>0.05<"),
            "rate (line 5) has the unit 'decimal'; allowed: 0 to 50, percent");

    refused(bond_task{.redemption = "0"}.xml(), "amount (line 5) is '0'; allowed: 1 to 200, percent");
    refused(bond_task{.redemption = "1000"}.xml(), "amount (line 5) is '1000'; allowed: 1 to 200, percent");
    refused(bond_task{.rate = "", .price = "0.98"}.xml(), "amount (line 2) is '0.98'; allowed: 1 to 1000, percent");
    refused(bond_task{.rate = "", .price = "1000.1"}.xml(), "amount (line 2) is '1000.1'; allowed: 1 to 1000, percent");
}

BOOST_AUTO_TEST_CASE(words_that_are_not_known)
{
    for (const char* frequency : {"3", "0", "-2", "semiannual", "2.0", "24"})
        refused(bond_task{.frequency = frequency}.xml(),
                "frequency (line 5) is '" + std::string(frequency) + "'; allowed: 1, 2, 4 or 12 coupons a year");
    for (const char* count : {"ACT/365", "act/360", "30/365", "ACT/ACT.ISDA"})
        refused(bond_task{.day_count = count}.xml(),
                "dayCount (line 5) is '" + std::string(count) +
                    "'; allowed: ACT/ACT.ICMA, ACT/365.FIXED, ACT/360, 30/360, 30E/360");
    refused(bond_task{.compounding = "daily"}.xml(),
            "compounding (line 3) is 'daily'; allowed: annual, semiannual, quarterly, monthly, continuous");
    refused(with("<price>", "<price type='full'>"), "price (line 4) has the type 'full'; allowed: clean, dirty");
}

BOOST_AUTO_TEST_CASE(dates_that_cannot_be)
{
    for (const char* day :
         {"today", "2025-02-29", "15.01.2025", "2025-1-15", "1899-12-31", "2301-01-01", "2025-01-15T00:00:00"})
        refused(bond_task{.evaluation = day}.xml(),
                "evaluation (line 4): date is '" + std::string(day) + "'; allowed: YYYY-MM-DD, 1900 to 2300");
    refused(bond_task{.maturity = "2030-02-30"}.xml(),
            "maturity (line 5): date is '2030-02-30'; allowed: YYYY-MM-DD, 1900 to 2300");
    refused(bond_task{.evaluation = "2030-01-15"}.xml(),
            "evaluation/date is 2030-01-15, not before maturity/date, which is 2030-01-15");
    refused(bond_task{.evaluation = "2031-01-15", .coupon = ""}.xml(),
            "evaluation/date is 2031-01-15, not before maturity/date, which is 2030-01-15");
    refused(bond_task{.evaluation = "2024-01-14", .issue = "2024-01-15"}.xml(),
            "evaluation/date is 2024-01-14, before issue/date, which is 2024-01-15");
    refused(bond_task{.issue = "2024-03-01"}.xml(),
            "issue/date is 2024-03-01, which is no coupon date: bonds with a long "
            "or short first period are not valued");
    refused(bond_task{.maturity = "2126-01-15"}.xml(),
            "fixedRateBond (line 5): maturity/date is 2126-01-15; allowed: 100 years to go");
}

BOOST_AUTO_TEST_CASE(what_is_missing_twice_or_contradictory)
{
    refused(bond_task{.evaluation = ""}.xml(), "evaluation (line 4) has no date");
    refused(bond_task{.maturity = ""}.xml(), "fixedRateBond (line 5) has no maturity");
    refused(bond_task{.frequency = ""}.xml(), "coupon (line 5) has no frequency");
    refused(bond_task{.rate = ""}.xml(), "market (line 2) has neither rate nor price");
    refused(bond_task{.price = "99"}.xml(), "market (line 2) has a rate and a price; one follows from the other");
    refused(with("<amount>1.25</amount>", ""), "no element ./amount in price (line 4)");
    refused(with("<price>", "<price><amount/></price><price>"), "analytics (line 4) has more than one price");
    refused(with("<coupon>", "<currency>USD</currency><coupon>"),
            "currency (line 5) is 'USD', but currency (line 2) of the market is 'EUR'");
    refused(with("<instrument name='i'>", "<instrument name='i'><zeroCouponBond/>"),
            "instrument (line 5) has a fixedRateBond and a zeroCouponBond");
    refused("<valuation/>", "valuation (line 1) has no market");
    refused("<vnml/>", "no element valuation");
    refused(bond_task{.rate = "", .price = "900"}.xml(),
            "market/price/amount is 900: no yield from -0.1 to 0.5 gives that price");
}

// Valued without them, these would be worth something else.
BOOST_AUTO_TEST_CASE(features_that_change_the_value)
{
    refused(with("<coupon>", "<call><date>2028-01-15</date></call><coupon>"),
            "fixedRateBond (line 5) has a call (line 5), which is not known here");
    refused(with("<frequency>", "<step>1</step><frequency>"),
            "coupon (line 5) has a step (line 5), which is not known here");
    auto zero = bond_task{.coupon = ""}.xml();
    zero.insert(zero.find("<maturity>"), "<coupon><rate>5</rate></coupon>");
    refused(zero, "zeroCouponBond (line 5) has a coupon (line 5), which is not known here");
    refused("<valuation><market><rate>0.0412</rate></market><analytics><evaluation><date>2025-09-17</date></evaluation>"
            "<price><amount>1.25</amount></price></analytics><instrument><cancellableBond><coupon><rate>1.12345</rate>"
            "</coupon></cancellableBond><volatility/></instrument></valuation>",
            "instrument (line 1) has no fixedRateBond and no zeroCouponBond; it has cancellableBond, volatility");
}

BOOST_AUTO_TEST_CASE(what_is_no_document)
{
    for (const char* text : {"", "bond", "<valuation>", "<a/><b/>"})
    {
        const auto given = plugin().run("bond", text);
        BOOST_TEST(given.status == VN_INVALID, text);
        BOOST_TEST(given.reason != "", text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
