// Evaluates expensive XPath expressions in a forked child with limits on time and memory (R22). The child shares the
// document by copy on write, evaluates, writes numbers of nodes into a pipe and ends.
#pragma once

#include "domain/expensive_xpath.hpp"

#include <chrono>
#include <cstddef>

namespace vn {

struct xpath_sandbox_settings
{
    std::chrono::milliseconds cpu_time{400};
    // On a machine that is too busy to give the child its time.
    std::chrono::milliseconds wall_time{3000};
    std::size_t memory = 48u << 20;
};

// May be called on several threads at once; each call has at most one child, which is gone when it returns.
class xpath_sandbox final : public expensive_xpath
{
public:
    explicit xpath_sandbox(xpath_sandbox_settings settings = {}) : settings_(settings) {}

    result<xpath_selection, failure> blocking_evaluate(const pugi::xml_document& document,
                                                       std::span<const pugi::xml_node> contexts,
                                                       const std::string& expression,
                                                       std::chrono::milliseconds& spent) const override;

private:
    xpath_sandbox_settings settings_;
};

} // namespace vn
