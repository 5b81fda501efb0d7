// XPath expressions on the live document of a request: checked, bounded, and evaluated in place or apart (R22).
#pragma once

#include "core/error.hpp"
#include "domain/expensive_xpath.hpp"
#include "domain/hydration_limits.hpp"
#include "domain/xpath_cost.hpp"

#include <chrono>
#include <map>
#include <span>
#include <string>

namespace vn {

class live_expressions
{
public:
    live_expressions(const pugi::xml_document& document, const expensive_xpath& apart, const hydration_limits& limits)
        : document_(document), apart_(apart), limits_(limits)
    {}

    // Codes: xpath-invalid, xpath-too-expensive, xpath-unavailable.
    result<xpath_selection, failure> select(const std::string& expression, std::span<const pugi::xml_node> contexts)
    {
        return select_in(document_, expression, contexts);
    }
    // The same on another document, which does not change and outlives this.
    result<xpath_selection, failure> select_in(const pugi::xml_document& document, const std::string& expression,
                                               std::span<const pugi::xml_node> contexts);

    // After every change of the document.
    void document_changed() noexcept { shapes_.erase(&document_); }

private:
    const pugi::xml_document& document_;
    const expensive_xpath& apart_;
    const hydration_limits& limits_;
    std::map<const pugi::xml_document*, document_shape> shapes_;
    double steps_ = 0;
    std::chrono::milliseconds time_apart_{0};
};

} // namespace vn
