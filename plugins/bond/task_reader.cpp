#include "task_reader.hpp"

#include <vn/error.hpp>
#include <vn/number.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bonds {

namespace {

std::string place(const vn::element& at)
{
    return std::string(at.name()) + " (line " + std::to_string(at.line()) + ")";
}

// For messages: what the author wrote, not too much of it.
std::string quoted(std::string_view text)
{
    return "'" + std::string(text.substr(0, 40)) + "'";
}

// The one child of that name; empty if there is none.
vn::element child(const vn::element& parent, const std::string& name)
{
    const auto found = parent.all("./" + name);
    if (found.size() > 1)
        vn::invalid(place(parent) + " has more than one " + name);
    return found.empty() ? vn::element() : found.front();
}

vn::element needed(const vn::element& parent, const std::string& name)
{
    const auto found = child(parent, name);
    if (!found)
        vn::invalid(place(parent) + " has no " + name);
    return found;
}

std::string word(const vn::element& at)
{
    return std::string(vn::trimmed(at.text()));
}

// unit: the only one there is for this element, in the words of its attribute `unit`.
double number(const vn::element& at, double least, double most, std::string_view unit)
{
    const std::string allowed =
        std::string("; allowed: ") + vn::number_text(least) + " to " + vn::number_text(most) + ", " + std::string(unit);
    const auto text = word(at);
    const auto value = vn::to_number(text);
    if (!value || *value < least || *value > most)
        vn::invalid(place(at) + " is " + quoted(text) + allowed);
    if (const auto given = at.attribute("unit"); given && *given != unit)
        vn::invalid(place(at) + " has the unit " + quoted(*given) + allowed);
    return *value;
}

date day_in(const vn::element& parent)
{
    const auto at = needed(parent, "date");
    const auto day = read_date(word(at));
    if (!day || day->year < 1900 || day->year > 2300)
        vn::invalid(place(parent) + ": date is " + quoted(word(at)) + "; allowed: YYYY-MM-DD, 1900 to 2300");
    return *day;
}

// An element that is not known may change what the bond pays: not valued is better than valued wrong.
void refuse_others(const vn::element& parent, std::initializer_list<std::string_view> known)
{
    for (const auto& each : parent.all("./*"))
    {
        auto name = each.name();
        name.remove_prefix(name.find(':') == name.npos ? 0 : name.find(':') + 1);
        if (std::find(known.begin(), known.end(), name) == known.end())
            vn::invalid(place(parent) + " has a " + place(each) + ", which is not known here");
    }
}

constexpr struct
{
    std::string_view name;
    compounding times;
} compoundings[] = {{"annual", 1}, {"semiannual", 2}, {"quarterly", 4}, {"monthly", 12}, {"continuous", 0}};

compounding read_compounding(const vn::element& valuation, compounding otherwise)
{
    const auto model = child(valuation, "model");
    const auto at = model ? child(model, "compounding") : vn::element();
    if (!at)
        return otherwise;
    for (const auto& each : compoundings)
        if (word(at) == each.name)
            return each.times;
    vn::invalid(place(at) + " is " + quoted(word(at)) +
                "; allowed: annual, semiannual, quarterly, monthly, continuous");
}

void read_coupon(const vn::element& at, terms& bond)
{
    refuse_others(at, {"rate", "frequency"});
    bond.coupon = number(needed(at, "rate"), 0, 50, "percent");
    const auto frequency = needed(at, "frequency");
    const auto value = vn::to_integer(word(frequency));
    if (!value || (*value != 1 && *value != 2 && *value != 4 && *value != 12))
        vn::invalid(place(frequency) + " is " + quoted(word(frequency)) + "; allowed: 1, 2, 4 or 12 coupons a year");
    bond.frequency = static_cast<int>(*value);
}

terms read_terms(const vn::element& at, bool has_coupons)
{
    terms bond;
    bond.has_coupons = has_coupons;
    // From isin on they describe the bond, and change nothing.
    refuse_others(at, {"issue", "maturity", has_coupons ? "coupon" : "maturity", "dayCount", "redemption", "currency",
                       "isin", "name", "issuer", "description", "href"});

    bond.maturity = day_in(needed(at, "maturity"));
    if (const auto issue = child(at, "issue"))
        bond.issue = day_in(issue);
    if (has_coupons)
        read_coupon(needed(at, "coupon"), bond);
    else
        bond.count = day_count::act_365_fixed;
    if (const auto redemption = child(at, "redemption"))
        bond.redemption = number(needed(redemption, "amount"), 1, 200, "percent");
    if (const auto count = child(at, "dayCount"))
    {
        const auto value = read_day_count(word(count));
        if (!value)
            vn::invalid(place(count) + " is " + quoted(word(count)) +
                        "; allowed: ACT/ACT.ICMA, ACT/365.FIXED, ACT/360, 30/360, 30E/360");
        bond.count = *value;
    }
    return bond;
}

// The element with the bond's terms, and the terms.
std::pair<vn::element, terms> read_bond(const vn::element& instrument)
{
    const auto fixed = child(instrument, "fixedRateBond");
    const auto zero = child(instrument, "zeroCouponBond");
    if (fixed && zero)
        vn::invalid(place(instrument) + " has a fixedRateBond and a zeroCouponBond");
    if (fixed || zero)
        return {fixed ? fixed : zero, read_terms(fixed ? fixed : zero, bool(fixed))};

    std::string found;
    for (const auto& each : instrument.all("./*"))
        found += (found.empty() ? "; it has " : ", ") + std::string(each.name());
    vn::invalid(place(instrument) + " has no fixedRateBond and no zeroCouponBond" + found.substr(0, 200));
}

void check_currency(const vn::element& bond, const vn::element& market)
{
    const auto of_bond = child(bond, "currency");
    const auto of_market = child(market, "currency");
    if (of_bond && of_market && word(of_bond) != word(of_market))
        vn::invalid(place(of_bond) + " is " + quoted(word(of_bond)) + ", but " + place(of_market) +
                    " of the market is " + quoted(word(of_market)));
}

bool wants_dirty(const vn::element& price)
{
    const auto type = price.attribute("type").value_or("clean");
    if (type != "clean" && type != "dirty")
        vn::invalid(place(price) + " has the type " + quoted(type) + "; allowed: clean, dirty");
    return type == "dirty";
}

} // namespace

task read_task(vn::document& document)
{
    task result;
    result.valuation = document.at("valuation");
    const auto market = needed(result.valuation, "market");
    const auto analytics = needed(result.valuation, "analytics");
    result.price = needed(analytics, "price");
    result.wants_dirty = wants_dirty(result.price);
    result.evaluation = day_in(needed(analytics, "evaluation"));

    const auto [at, bond] = read_bond(needed(result.valuation, "instrument"));
    result.bond = bond;
    check_currency(at, market);
    if (bond.maturity.year > result.evaluation.year + 100)
        vn::invalid(place(at) + ": maturity/date is " + text_of(bond.maturity) + "; allowed: 100 years to go");
    result.times = read_compounding(result.valuation, bond.has_coupons ? bond.frequency : 1);

    const auto rate = child(market, "rate");
    const auto price = child(market, "price");
    if (bool(rate) == bool(price))
        vn::invalid(place(market) +
                    (rate ? " has a rate and a price; one follows from the other" : " has neither rate nor price"));
    if (rate)
        result.yield = number(rate, least_yield, most_yield, "decimal");
    else
        result.clean_price = number(needed(price, "amount"), 1, 1000, "percent");
    return result;
}

} // namespace bonds
