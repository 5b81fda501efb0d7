// Section 2.2: `use`.
#include "domain/hydration.hpp"
#include "domain/xml_names.hpp"

namespace vn {

namespace {

using std::string;
using std::string_view;

std::vector<string> arguments_in(string_view list)
{
    std::vector<string> out;
    for (;;)
    {
        const auto comma = list.find(',');
        if (const auto argument = trimmed(list.substr(0, comma)); !argument.empty())
            out.emplace_back(argument);
        if (comma == list.npos)
            return out;
        list.remove_prefix(comma + 1);
    }
}

} // namespace

bool hydration::expand_use(pugi::xml_node element, pugi::xml_node context, std::vector<hydrated_item>& items)
{
    const string value = element.attribute("use").value();
    if (value.empty())
    {
        items.push_back({element, context});
        return true;
    }

    const auto open = value.find('(');
    const auto called = value.substr(0, open);
    const auto colon = called.find(':');
    if (colon == called.npos)
        return reject("Invalid use attribute '" + called + "'; expected prefix:function format.");
    if (const auto prefix = called.substr(0, colon); prefix != "vn")
        return reject("Unsupported custom hydration namespace '" + prefix + "' in '" + value + "'.");
    const auto name = called.substr(colon + 1);
    if (!value.ends_with(')'))
        return reject("Invalid use attribute '" + value + "'; expected parentheses.");
    if (open == value.npos)
        return reject("Invalid use attribute '" + value + "'; expected an opening parenthesis.");
    if (const auto* function = p_.calls.find(name); function && name != "link")
        return expand_call(element, context, *function, items);

    const auto arguments = arguments_in(string_view(value).substr(open + 1, value.size() - open - 2));
    if (arguments.size() != 2)
        return reject("Custom function '" + name + "' expects exactly two arguments; received " +
                      std::to_string(arguments.size()) + ".");
    if (name != "link")
        return reject("Unsupported custom hydration function '" + name + "'.");
    std::vector<pugi::xml_node> contexts;
    return link(value, arguments[0], arguments[1], contexts) && expand_nodes(element, contexts, items);
}

bool hydration::expand_nodes(pugi::xml_node element, const std::vector<pugi::xml_node>& contexts,
                             std::vector<hydrated_item>& items)
{
    if (contexts.empty())
        return reject("Custom function '" + string(element.attribute("use").value()) +
                      "' did not resolve to any target nodes.");
    element.remove_attribute("use");
    auto bench = element.parent();
    const auto first = items.size();
    for (std::size_t i = 1; i < contexts.size(); ++i)
    {
        const auto copy = copy_into(bench, element, p_.count);
        if (!copy)
            return over();
        items.push_back({copy, contexts[i]});
    }
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(first), {element, contexts[0]});
    return true;
}

bool hydration::link(const string& value, const string& source, const string& target,
                     std::vector<pugi::xml_node>& contexts)
{
    const auto elements_of = [&](const string& expression, std::span<const pugi::xml_node> from,
                                 std::vector<pugi::xml_node>& to) {
        const auto found = p_.expressions.select(expression, from);
        if (!found)
            return fail(found.error());
        const auto& selected = *found;
        if (!selected->is_node_set)
            return reject("XPath '" + expression + "' in '" + value + "' does not select elements.");
        for (const auto& list : selected->nodes)
            for (const auto& node : list)
                if (is_element(node.node()))
                    to.push_back(node.node());
        return true;
    };

    std::vector<pugi::xml_node> sources;
    if (!elements_of(source, {&p_.live_root, 1}, sources))
        return false;
    if (sources.empty())
        return reject("vn:link source XPath '" + source + "' did not resolve to any elements.");
    return elements_of("./" + target, sources, contexts);
}

} // namespace vn
