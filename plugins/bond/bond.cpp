// Zero-coupon and fixed-rate bonds: the price to a yield, or the yield to a price. Elements, units and conventions:
// docs/bond.md; formulas and their sources: pricing.hpp.
#include "pricing.hpp"
#include "task_reader.hpp"

#include <vn/plugin.hpp>

#include <string>

namespace {

// Rounded to eight decimals, with at least two: what differs behind them are the last bits of binary arithmetic, which
// another machine's mathematical library may compute otherwise.
std::string amount_text(double value)
{
    auto text = vn::number_text(value, 8);
    const auto least = text.find('.') + 3;
    while (text.size() > least && text.back() == '0')
        text.pop_back();
    return text;
}

std::string yield_text(double value)
{
    auto text = vn::number_text(value, 12);
    text.erase(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text + "0" : text;
}

} // namespace

class bond
{
public:
    static constexpr const char* tasks[] = {"bond"};

    void run(vn::call call) const
    {
        vn::document document(call.payload());
        const auto task = bonds::read_task(document);
        const auto left = bonds::left_of(task.bond, task.evaluation);

        double dirty = 0, yield = 0;
        if (task.yield)
        {
            yield = *task.yield;
            dirty = bonds::dirty_price(left.flows, task.times, yield);
        }
        else
        {
            dirty = *task.clean_price + left.accrued;
            const auto found = bonds::yield_of(left.flows, task.times, dirty, bonds::least_yield, bonds::most_yield);
            if (!found)
                vn::invalid("market/price/amount is " + vn::number_text(*task.clean_price) +
                            ": no yield from -0.1 to 0.5 gives that price");
            yield = *found;
        }
        const double clean = dirty - left.accrued;

        task.price.at("./amount").set_text(amount_text(task.wants_dirty ? dirty : clean));
        const auto set = [&](const char* path, const std::string& text) {
            if (const auto at = task.valuation.find(path))
                at.set_text(text);
        };
        set("./analytics/cleanPrice/amount", amount_text(clean));
        set("./analytics/dirtyPrice/amount", amount_text(dirty));
        set("./analytics/accruedInterest/amount", amount_text(left.accrued));
        set("./analytics/yield/rate", yield_text(yield));
        call.write(document.xml());
    }
};

VN_PLUGIN(bond, "bond", "1.0.0", VN_CONCURRENT)
