// Task documents with a bond, and what the built plugin makes of them.
#pragma once

#include "support/plugin_fixture.hpp"

#include <vn/document.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace bond_test {

inline const vn::test::loaded_plugin& plugin()
{
    static const vn::test::loaded_plugin loaded(VN_PLUGIN_FILE);
    return loaded;
}

// What stands in the document, as text; what is empty is left out.
struct bond_task
{
    std::string evaluation = "2025-01-15";
    std::string maturity = "2030-01-15";
    std::string issue = "";
    std::string coupon = "5"; // empty: a zero-coupon bond
    std::string frequency = "2";
    std::string day_count = "";
    std::string redemption = "";
    std::string rate = "0.05";
    std::string price = ""; // of the market
    std::string compounding = "";

    static std::string element(const std::string& name, const std::string& content)
    {
        return content.empty() ? "" : "<" + name + ">" + content + "</" + name + ">";
    }

    std::string xml() const
    {
        const auto terms =
            element("issue", element("date", issue)) + element("maturity", element("date", maturity)) +
            (coupon.empty() ? "" : element("coupon", element("rate", coupon) + element("frequency", frequency))) +
            element("dayCount", day_count) + element("redemption", element("amount", redemption));
        return "<vnml><project><group name='g'><valuation name='bond'>\n"
               "<market><currency>EUR</currency>" +
               element("rate", rate) + element("price", element("amount", price)) + "</market>\n<model>" +
               element("compounding", compounding) + "</model>\n<analytics><evaluation>" + element("date", evaluation) +
               "</evaluation><price><amount>1.25</amount></price>"
               "<cleanPrice><amount/></cleanPrice><dirtyPrice><amount/></dirtyPrice>"
               "<accruedInterest><amount/></accruedInterest><yield><rate/></yield></analytics>\n"
               "<instrument name='i'>" +
               element(coupon.empty() ? "zeroCouponBond" : "fixedRateBond", terms) +
               "</instrument></valuation></group></project></vnml>";
    }
};

struct bond_value
{
    double clean, dirty, accrued, yield;
};

inline bond_value value_of(const bond_task& task)
{
    const auto given = plugin().run("bond", task.xml());
    BOOST_TEST_REQUIRE(given.status == VN_OK, given.reason);
    vn::document answer(given.text);
    BOOST_TEST(answer.at("analytics/price/amount").text() == answer.at("cleanPrice/amount").text());
    return {answer.at("cleanPrice/amount").number(), answer.at("dirtyPrice/amount").number(),
            answer.at("accruedInterest/amount").number(), answer.at("yield/rate").number()};
}

} // namespace bond_test
