#include "domain/task_output.hpp"

#include "domain/decimal.hpp"
#include "domain/live_document.hpp"
#include "domain/result_document.hpp"
#include "domain/text_encoding.hpp"
#include "domain/xml_names.hpp"

namespace vn {

namespace {

pugi::xml_node first_amount(pugi::xml_node root)
{
    for (auto node = next_in(root, root); node; node = next_in(node, root))
        if (is_named(node, "amount") && is_named(node.parent(), "price") &&
            is_named(node.parent().parent(), "analytics"))
            return node;
    return {};
}

} // namespace

result<std::string, failure> take_valuation(std::string_view stored, const document_limits& limits)
{
    auto document = read_result(stored, limits);
    if (!document)
        return document.error();
    return stored_form(document->valuation);
}

result<std::string, failure> accept_output(std::string_view task_document, std::string_view output,
                                           const document_limits& limits)
{
    if (output.size() > limits.document_bytes)
        return failure{.code = "output-too-large", .message = "The output is larger than a document may be."};
    auto text = to_utf8(output, {});
    if (!text.problem.empty())
        return failure{.code = "output-malformed",
                       .message = "The output is neither a document nor a number.",
                       .reason = std::move(text.problem)};
    const auto content = trimmed(text.text(output));
    if (content.empty())
        return failure{.code = "output-empty", .message = "The output is empty."};
    if (content.front() == '<')
        return take_valuation(content, limits);

    const auto number = with_two_decimals(content);
    if (!number)
        return failure{.code = "output-malformed",
                       .message = "The output is neither a document nor one positive decimal number."};
    auto document = read_result(task_document, own_text_limits(limits));
    if (!document)
        return document.error();
    if (const auto amount = first_amount(document->tree.root()))
        set_leading_text(amount, number->c_str());
    return stored_form(document->valuation);
}

} // namespace vn
