#include "domain/live_expressions.hpp"

#include <algorithm>

namespace vn {

namespace {

// All that is kept about expressions and their answers, about.
constexpr std::size_t most_known_bytes = 16u << 20;
constexpr std::size_t bytes_of_query = 8192;

failure invalid(const std::string& expression, const std::string& why)
{
    return failure{.code = "xpath-invalid", .message = "XPath '" + expression + "' cannot be evaluated: " + why};
}

failure too_expensive(const std::string& expression)
{
    return failure{.code = "xpath-too-expensive",
                   .message = "XPath '" + expression + "' takes too long on this document."};
}

std::size_t nodes_in(const xpath_selection& selected)
{
    std::size_t count = 0;
    for (const auto& list : selected.nodes)
        count += list.size();
    return count;
}

} // namespace

result<live_expressions::selection, failure> live_expressions::select(const std::string& expression,
                                                                      std::span<const pugi::xml_node> contexts)
{
    auto found = select_folded(expression, contexts);
    if (found && folded_ && !folded_->is_empty())
        for (const auto& list : (*found)->nodes)
            for (const auto& node : list)
                folded_->unfold(node.node());
    return found;
}

result<live_expressions::selection, failure> live_expressions::select_folded(const std::string& expression,
                                                                             std::span<const pugi::xml_node> contexts)
{
    if (folded_ && !folded_->is_empty() && !leaves_libraries_closed(tokens_of(expression)))
        folded_->unfold_all();
    return select_in(document_, expression, contexts);
}

result<live_expressions::selection, failure> live_expressions::select_in(const pugi::xml_document& document,
                                                                         const std::string& expression,
                                                                         std::span<const pugi::xml_node> contexts)
{
    auto known = documents_.find(&document);
    if (known == documents_.end())
        known = documents_.emplace(&document, watched{shape_now(document)}).first;
    const auto found = prepare(known->second, expression);
    if (!found)
        return found.error();
    auto& p = **found;

    const bool is_single = contexts.size() == 1;
    if (is_single && p.answer && (p.is_absolute || p.context == contexts.front()))
    {
        // Who asked will look at each of them.
        const auto steps = 1 + static_cast<double>(nodes_in(*p.answer) + p.answer->scalar.size() / 16);
        if (!charge(steps))
            return too_expensive(expression);
        return p.answer;
    }
    auto made = evaluate(document, known->second, expression, p, contexts);
    if (!made)
        return made.error();
    auto answer = std::make_shared<const xpath_selection>(std::move(*made));
    if (is_single)
        remember(p, contexts.front(), answer);
    return answer;
}

// Of what is folded, too: what an expression may cost does not depend on it.
document_shape live_expressions::shape_now(const pugi::xml_document& document) const
{
    auto size = size_of(document);
    if (folded_ && &document == &document_)
        folded_->add_to(size);
    return shape_of(size);
}

result<live_expressions::prepared*, failure> live_expressions::prepare(watched& on, const std::string& expression)
{
    if (const auto at = on.expressions.find(expression); at != on.expressions.end())
        return &at->second;

    if (expression.size() > limits_.expression_bytes)
        return failure{.code = "xpath-too-expensive",
                       .message = "An XPath expression is longer than " + std::to_string(limits_.expression_bytes) +
                                  " bytes."};
    const auto tokens = tokens_of(expression);
    if (const auto prefix = prefix_used_in(tokens); !prefix.empty())
        return invalid(expression, "the namespace prefix '" + std::string(prefix) + "' is not declared.");
    auto written = with_written_names(tokens, expression);
    if (written.size() > 8 * limits_.expression_bytes)
        return too_expensive(expression);

    if (known_bytes_ > most_known_bytes)
        forget_all();
    prepared p{.written = std::move(written), .is_absolute = is_absolute_path(tokens)};
    p.steps = estimated_steps(p.written.size() == expression.size() ? tokens : tokens_of(p.written), on.shape, 1);
    known_bytes_ += bytes_of_query + 64 * (expression.size() + p.written.size());
    return &on.expressions.emplace(expression, std::move(p)).first->second;
}

result<xpath_selection, failure> live_expressions::evaluate(const pugi::xml_document& document, const watched& on,
                                                            const std::string& expression, prepared& p,
                                                            std::span<const pugi::xml_node> contexts)
{
    const auto steps = contexts.size() == 1
                           ? p.steps
                           : estimated_steps(tokens_of(p.written), on.shape, static_cast<double>(contexts.size()));
    if (steps <= std::max(limits_.steps_in_place, linear_steps(on.shape)))
    {
        if (!charge(steps))
            return too_expensive(expression);
        if (!p.query)
        {
            auto compiled = compile_xpath(p.written);
            if (!compiled)
                return compiled.error();
            p.query = std::move(*compiled);
        }
        return evaluate_xpath(document, contexts, *p.query, p.written);
    }
    if (time_apart_ >= limits_.time_apart)
        return too_expensive(expression);
    return apart_.blocking_evaluate(document, contexts, p.written, time_apart_);
}

void live_expressions::remember(prepared& p, pugi::xml_node context, const selection& answer)
{
    const auto bytes = sizeof(xpath_selection) + answer->scalar.size() + nodes_in(*answer) * sizeof(pugi::xpath_node);
    known_bytes_ -= p.answer_bytes;
    p.answer_bytes = 0;
    p.answer.reset();
    if (bytes > most_known_bytes / 2)
        return;
    known_bytes_ += bytes;
    p.answer_bytes = bytes;
    p.answer = answer;
    p.context = context;
}

void live_expressions::forget_all() noexcept
{
    for (auto& [document, on] : documents_)
        on.expressions.clear();
    known_bytes_ = 0;
}

void live_expressions::document_changed() noexcept
{
    forget_all();
    documents_.erase(&document_);
}

void live_expressions::document_changed(const document_size& now)
{
    document_changed();
    documents_.emplace(&document_, watched{shape_of(now)});
}

} // namespace vn
