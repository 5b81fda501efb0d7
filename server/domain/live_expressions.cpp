#include "domain/live_expressions.hpp"

#include <algorithm>

namespace vn {

namespace {

failure invalid(const std::string& expression, const std::string& why)
{
    return failure{.code = "xpath-invalid", .message = "XPath '" + expression + "' cannot be evaluated: " + why};
}

failure too_expensive(const std::string& expression)
{
    return failure{.code = "xpath-too-expensive",
                   .message = "XPath '" + expression + "' takes too long on this document."};
}

} // namespace

result<xpath_selection, failure> live_expressions::select_in(const pugi::xml_document& document,
                                                             const std::string& expression,
                                                             std::span<const pugi::xml_node> contexts)
{
    if (expression.size() > limits_.expression_bytes)
        return failure{.code = "xpath-too-expensive",
                       .message = "An XPath expression is longer than " + std::to_string(limits_.expression_bytes) +
                                  " bytes."};
    const auto tokens = tokens_of(expression);
    if (const auto prefix = prefix_used_in(tokens); !prefix.empty())
        return invalid(expression, "the namespace prefix '" + std::string(prefix) + "' is not declared.");
    const auto written = with_written_names(tokens, expression);
    if (written.size() > 8 * limits_.expression_bytes)
        return too_expensive(expression);

    auto known = shapes_.find(&document);
    if (known == shapes_.end())
        known = shapes_.emplace(&document, shape_of(document)).first;
    const auto& shape = known->second;
    const auto steps = estimated_steps(written.size() == expression.size() ? tokens : tokens_of(written), shape,
                                       static_cast<double>(contexts.size()));
    if (steps <= std::max(limits_.steps_in_place, linear_steps(shape)))
    {
        steps_ += steps;
        if (steps_ > limits_.steps_in_all)
            return too_expensive(expression);
        return evaluate_xpath(document, contexts, written);
    }
    if (time_apart_ >= limits_.time_apart)
        return too_expensive(expression);
    return apart_.blocking_evaluate(document, contexts, written, time_apart_);
}

} // namespace vn
