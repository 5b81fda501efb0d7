// Evaluates XPath expressions that may take too long in a way that can be stopped (R22). domain only says what it
// needs; execution/xpath_sandbox does it in a child process.
#pragma once

#include "core/error.hpp"
#include "domain/xpath_selection.hpp"

#include <chrono>
#include <span>
#include <string>

namespace vn {

class expensive_xpath
{
public:
    virtual ~expensive_xpath() = default;

    // As evaluate_xpath(), within a bounded time, which is added to spent. Blocking; called on pool threads, several
    // at once. Codes: xpath-invalid, xpath-too-expensive, xpath-unavailable (no process could be started).
    virtual result<xpath_selection, failure> blocking_evaluate(const pugi::xml_document& document,
                                                               std::span<const pugi::xml_node> contexts,
                                                               const std::string& expression,
                                                               std::chrono::milliseconds& spent) const = 0;
};

} // namespace vn
