// Functions other than link in `use`: docs/hydration.md, sections 2 and 3.
#include "domain/hydration.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

namespace vn {

namespace {

using std::string;
using std::string_view;

// As in XPath: all text below an element.
string string_value(const pugi::xpath_node& node)
{
    if (node.attribute())
        return node.attribute().value();
    if (!is_element(node.node()) && node.node().type() != pugi::node_document)
        return node.node().value();
    string out;
    const auto top = node.node();
    for (auto at = top; at; at = next_in(at, top))
        if (is_text(at))
            out += at.value();
    return out;
}

string markup_value(const pugi::xpath_node& node)
{
    if (is_element(node.node()) && !node.attribute())
        return markup_of(node.node());
    string out;
    escape_text(out, string_value(node));
    return out;
}

} // namespace

const function_signature* hydration::function_of(pugi::xml_node element) const
{
    const string_view value = element.attribute("use").value();
    const auto open = value.find('(');
    if (!value.starts_with("vn:") || open == value.npos || !value.ends_with(')'))
        return nullptr;
    const auto name = value.substr(3, open - 3);
    return name == "link" ? nullptr : p_.calls.find(name);
}

bool hydration::expand_call(pugi::xml_node element, pugi::xml_node context, const function_signature& f,
                            std::vector<hydrated_item>& items)
{
    const string_view written = element.attribute("use").value();
    const auto open = written.find('(');
    const auto arguments = parse_arguments(written.substr(open + 1, written.size() - open - 2));
    if (!arguments)
        return reject("Custom function '" + f.name + "': " + arguments.error().message + ".");
    string value;
    if (!call(f, *arguments, context, value))
        return false;
    if (f.result == value_type::path)
    {
        std::vector<pugi::xml_node> contexts;
        return context_nodes(value, context, contexts) && expand_nodes(element, contexts, items);
    }

    // The result takes the place of the leading text.
    element.remove_attribute("use");
    auto content = result_content(element.root(), f, value);
    if (!content)
        return false;
    set_leading_text(element, nullptr);
    const auto before = element.first_child();
    while (const auto node = content.first_child())
        before ? element.insert_move_before(node, before) : element.append_move(node);
    content.parent().remove_child(content);
    if (!p_.count.check(height_of(element) <= p_.count.limits().depth))
        return over();
    items.push_back({element, context});
    return true;
}

bool hydration::call(const function_signature& f, const std::vector<call_argument>& written, pugi::xml_node context,
                     string& value)
{
    std::vector<string> arguments;
    for (const auto& one : written)
    {
        const auto* p = f.at(arguments.size());
        if (!p)
        {
            // Counted like the others, for the message.
            arguments.emplace_back();
            continue;
        }
        if (!add_argument(f, *p, one, context, arguments))
            return false;
    }
    return invoke(f, std::move(arguments), value);
}

bool hydration::invoke(const function_signature& f, std::vector<string> arguments, string& value)
{
    auto made = p_.calls.call(f, std::move(arguments));
    if (!made)
        return fail(made.error());
    value = std::move(*made);
    return p_.count.add(select_cost, value.size()) || over();
}

bool hydration::add_argument(const function_signature& f, const function_parameter& p, const call_argument& written,
                             pugi::xml_node context, std::vector<string>& arguments)
{
    if (written.kind == argument_kind::literal ||
        (written.kind == argument_kind::expression && p.type == value_type::path))
    {
        arguments.push_back(written.text);
        return true;
    }
    if (written.kind == argument_kind::expression)
        return add_selected(f, p, written.text, context, arguments);

    const auto* inner = p_.calls.find(written.text);
    if (!inner || written.text == "link")
        return fail(wrong_argument(f, p, "cannot be a call of '" + written.text + "': there is no such function"));
    const bool fits =
        inner->result == p.type || (inner->result != value_type::xml && inner->result != value_type::path);
    if (!fits)
        return fail(wrong_argument(
            f, p, "cannot be the result of '" + inner->name + "', which is " + string(with_article(inner->result))));
    string value;
    if (!call(*inner, written.arguments, context, value))
        return false;
    if (p.type == value_type::xml && inner->result != value_type::xml)
    {
        string markup;
        escape_text(markup, value);
        value = std::move(markup);
    }
    arguments.push_back(std::move(value));
    return true;
}

bool hydration::add_selected(const function_signature& f, const function_parameter& p, const string& expression,
                             pugi::xml_node context, std::vector<string>& arguments)
{
    live_expressions::selection selected;
    if (!evaluate(expression, context, nullptr, selected))
        return false;
    const bool is_xml = p.type == value_type::xml;
    if (!selected->is_node_set)
    {
        string value;
        if (is_xml)
            escape_text(value, selected->scalar);
        else
            value = selected->scalar;
        arguments.push_back(std::move(value));
        return p_.count.add(0, arguments.back().size()) || over();
    }

    const auto& nodes = selected->nodes.front();
    if (nodes.size() != 1 && !is_xml && !p.repeated)
        return fail(wrong_argument(f, p,
                                   "is XPath '" + expression + "', which resolved to " + std::to_string(nodes.size()) +
                                       " values; expected exactly one"));
    if (is_xml && !p.repeated)
        arguments.emplace_back();
    for (const auto& node : nodes)
    {
        auto value = is_xml ? markup_value(node) : string_value(node);
        if (!p_.count.add(1, value.size()))
            return over();
        if (is_xml && !p.repeated)
            arguments.back() += value;
        else
            arguments.push_back(std::move(value));
    }
    return true;
}

bool hydration::evaluate(const string& expression, pugi::xml_node context, const pugi::xml_document* other,
                         live_expressions::selection& selected)
{
    auto from = context ? context : p_.live_root;
    if (other)
        from = root_element(*other);
    else if (expression.starts_with('.') && !context)
        return reject("XPath '" + expression + "' requires a context node provided by a custom function.");
    auto found = other ? p_.expressions.select_in(*other, expression, {&from, 1})
                       : p_.expressions.select(expression, {&from, 1});
    if (!found)
        return fail(found.error());
    selected = std::move(*found);
    return true;
}

bool hydration::context_nodes(const string& path, pugi::xml_node context, std::vector<pugi::xml_node>& contexts)
{
    live_expressions::selection selected;
    if (!evaluate(path, context, nullptr, selected))
        return false;
    if (!selected->is_node_set)
        return reject("XPath '" + path + "' does not select elements.");
    for (const auto& node : selected->nodes.front())
        if (is_element(node.node()) && !node.attribute())
            contexts.push_back(node.node());
    return true;
}

pugi::xml_node hydration::result_content(pugi::xml_node bench, const function_signature& f, const string& value)
{
    string text = "<r>";
    if (f.result == value_type::xml)
        text += value;
    else
        escape_text(text, value);
    text += "</r>";
    auto tree = read_tree(text, {}, p_.count.limits());
    if (!tree && tree.error().code == "document-limit")
    {
        over();
        return {};
    }
    if (!tree)
    {
        const auto& why = tree.error().reason.empty() ? tree.error().message : tree.error().reason;
        fail(call_failed(f, "its result is not well-formed: " + why));
        return {};
    }
    p_.count.has_namespaces |= tree->has_namespaces;
    auto content = copy_into(bench, tree->root(), p_.count);
    if (!content)
        over();
    return content;
}

bool hydration::resolve_use(pugi::xml_node local, resolving& at, placed_elements* placed)
{
    if (at.level >= select_levels)
        return reject("Maximum select depth (64) exceeded.");
    if (!p_.count.add(select_cost, 0))
        return over();
    const auto copy = copy_into(local.root(), local, p_.count);
    if (!copy)
        return over();
    std::vector<hydrated_item> items;
    return hydrate(copy, at.context, at.level + 1, items) && place(local, items, at, placed);
}

} // namespace vn
