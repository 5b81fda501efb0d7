// The functions that one hydration may call, what it costs, and what is wrong with arguments and results.
#pragma once

#include "domain/built_in_functions.hpp"
#include "domain/hydration_functions.hpp"
#include "domain/hydration_limits.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

class function_calls
{
public:
    function_calls(const hydration_functions& functions, const outside_values& outside, const hydration_limits& limits)
        : table_(functions.current()), built_in_(outside), limits_(limits)
    {}

    // By name, built-in ones first. Null if there is none. Valid as long as this.
    const function_signature* find(std::string_view name) const;

    // f comes from find() and is not link. Codes: hydration-failed for arguments that do not fit, function-failed,
    // hydration-limit. A result that is no text, path or XML is of its type, without white space around it.
    result<std::string, failure> call(const function_signature& f, std::vector<std::string> arguments);

private:
    result<std::string, failure> run(const function_signature& f, const std::vector<std::string>& arguments);

    std::shared_ptr<const function_table> table_;
    built_in_functions built_in_;
    const hydration_limits& limits_;
    std::size_t calls_ = 0;
    std::chrono::microseconds spent_{0};
};

// "Custom function 'round': argument 'digits' must be an integer (got 'x')."
failure wrong_argument(const function_signature& f, const function_parameter& p, const std::string& what);
failure call_failed(const function_signature& f, const std::string& why);

} // namespace vn
