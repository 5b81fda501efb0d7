// What a task document says about a bond, checked: every element has one meaning and one unit, and what contradicts it
// is refused with VN_INVALID, naming element, value and what is allowed. docs/bond.md lists them.
#pragma once

#include "pricing.hpp"

#include <vn/document.hpp>

#include <optional>

namespace bonds {

// Bounds of market/rate, and of the yield to a price.
constexpr double least_yield = -0.1;
constexpr double most_yield = 0.5;

struct task
{
    vn::element valuation;
    vn::element price; // analytics/price
    bool wants_dirty;  // in price/amount
    date evaluation;
    terms bond;
    compounding times;
    // One of them.
    std::optional<double> yield;
    std::optional<double> clean_price;
};

// The task borrows from the document.
task read_task(vn::document& document);

} // namespace bonds
