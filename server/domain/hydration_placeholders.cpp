// Section 2.3: attribute placeholders.
#include "domain/hydration.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

namespace vn {

namespace {

using std::string;
using std::string_view;

constexpr string_view placeholder_start = "${select(";
constexpr string_view placeholder_end = ")}";

} // namespace

bool hydration::replace_placeholders(const hydrated_item& item)
{
    for (auto node = item.element; node;)
    {
        if (is_skipped(node))
        {
            node = next_beside(node, item.element);
            continue;
        }
        if (is_element(node))
            for (auto a = node.first_attribute(); a; a = a.next_attribute())
                if (!is_declaration(a.name()) && !placeholder(node, a, item))
                    return false;
        node = next_in(node, item.element);
    }
    return true;
}

bool hydration::placeholder(pugi::xml_node element, pugi::xml_attribute attribute, const hydrated_item& item)
{
    const string_view value = attribute.value();
    if (!value.starts_with(placeholder_start) || !value.ends_with(placeholder_end) ||
        value.size() < placeholder_start.size() + placeholder_end.size())
        return true;
    const string expression(trimmed(
        value.substr(placeholder_start.size(), value.size() - placeholder_start.size() - placeholder_end.size())));
    if (expression.empty())
        return reject("Attribute select placeholder must include a non-empty XPath expression.");

    auto context = p_.live_root;
    if (expression[0] == '.')
    {
        context = item.context;
        if (!context)
        {
            for (auto node = element; is_element(node); node = node.parent())
                if (has_use(node))
                    return true;
            return reject("XPath '" + expression + "' requires a context node provided by a custom function.");
        }
    }
    else if (expression[0] != '/')
    {
        return reject("Attribute select XPath '" + expression + "' must be absolute or relative.");
    }

    string replacement;
    if (!placeholder_value(expression, context, replacement))
        return false;
    attribute.set_value(replacement.c_str());
    return true;
}

bool hydration::placeholder_value(const string& expression, pugi::xml_node context, string& value)
{
    const auto found = p_.expressions.select(expression, {&context, 1});
    if (!found)
        return fail(found.error());
    const auto& selected = *found;
    if (!selected->is_node_set)
        return reject("Attribute select XPath '" + expression + "' does not select nodes.");
    const auto& nodes = selected->nodes.front();
    if (nodes.empty())
        return reject("Attribute select XPath '" + expression + "' did not resolve to any values.");
    if (nodes.size() > 1)
        return reject("Attribute select XPath '" + expression + "' resolved to " + std::to_string(nodes.size()) +
                      " values; expected exactly one.");

    const auto& node = nodes.front();
    if (node.attribute())
    {
        value = node.attribute().value();
    }
    else if (is_element(node.node()))
    {
        value = markup_of(node.node());
        // A tail is text like what is inside of the element.
        if (const auto tail = tail_of(node.node()))
            escape_text(value, tail.value());
    }
    else
    {
        value = node.node().value();
    }
    if (!p_.count.add(0, value.size()) || !p_.count.check(value.size() <= p_.count.limits().value_bytes))
        return over();
    return true;
}

} // namespace vn
