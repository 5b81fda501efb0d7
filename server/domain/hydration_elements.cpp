// <vn:use> and <vn:select>: docs/hydration.md, sections 4 and 5.
#include "domain/hydration.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

#include <map>

namespace vn {

namespace {

using std::string;
using std::string_view;

bool is_blank_content(pugi::xml_node element)
{
    for (auto node = element.first_child(); node; node = node.next_sibling())
        if (is_element(node) || (is_text(node) && !is_blank(node.value())))
            return false;
    return true;
}

// Never in a document: names in it cannot meet those of others.
constexpr const char* content_name = ":";

} // namespace

element_form hydration::form_of(pugi::xml_node node) const
{
    return p_.count.has_namespaces ? element_form_of(node) : element_form::none;
}

bool hydration::resolve_element(pugi::xml_node local, element_form form, resolving& at, placed_elements* placed)
{
    if (at.level >= select_levels)
        return reject("Maximum select depth (64) exceeded.");
    if (!p_.count.add(select_cost, 0))
        return over();
    pugi::xml_node content;
    if (form == element_form::unknown)
        return reject("Unknown hydration element '" + expanded_name(local, local.name()) + "'.");
    if (form == element_form::use ? !use_element(local, at, content) : !select_element(local, at, content))
        return false;
    content.set_name(content_name);
    std::vector<hydrated_item> items;
    if (!hydrate(content, at.context, at.level + 1, items))
        return false;

    auto parent = local.parent();
    const auto depth = depth_of(parent);
    if (placed)
        placed->clear();
    while (const auto first = content.first_child())
    {
        const auto node = parent.insert_move_before(first, local);
        if (!is_element(node))
            continue;
        drop_repeated_declarations(node);
        if (!p_.count.check(depth + height_of(node) <= p_.count.limits().depth))
            return over();
        if (placed)
            placed->push_back(node);
    }
    content.parent().remove_child(content);
    at.joined.push_back(parent);
    at.removed.push_back(take_out(local));
    return true;
}

bool hydration::use_element(pugi::xml_node local, const resolving& at, pugi::xml_node& content)
{
    string name = local.attribute("function").value();
    if (name.starts_with("vn:"))
        name.erase(0, 3);
    if (name.empty())
        return reject("Element vn:use needs the attribute function.");
    const auto* f = p_.calls.find(name);
    if (!f)
        return reject("Unsupported custom hydration function '" + name + "'.");

    // What the arguments hold is hydrated first.
    auto element = local.root().append_copy(local);
    keep_scope(local.parent(), element);
    std::vector<string> arguments;
    bool has_arguments = true;
    for (auto node = element.first_child(); node && has_arguments; node = node.next_sibling())
        if (is_argument_element(node))
            has_arguments = resolve_selects({node, at.context}, at.level + 1) && resolve_hrefs(node);
    has_arguments = has_arguments && named_arguments(element, *f, arguments);
    element.parent().remove_child(element);
    if (!has_arguments)
        return false;

    if (f->result != value_type::path)
    {
        string value;
        if (!invoke(*f, std::move(arguments), value))
            return false;
        content = result_content(local.root(), *f, value);
        return static_cast<bool>(content);
    }

    std::vector<pugi::xpath_node> nodes;
    if (name == "link")
    {
        std::vector<pugi::xml_node> targets;
        if (!link("vn:link", arguments[0], arguments[1], targets))
            return false;
        nodes.assign(targets.begin(), targets.end());
    }
    else
    {
        string path;
        live_expressions::selection selected;
        if (!invoke(*f, std::move(arguments), path) || !evaluate(path, at.context, nullptr, selected))
            return false;
        if (!selected->is_node_set)
            return reject("XPath '" + path + "' does not select elements.");
        nodes = selected->nodes.front();
    }
    if (nodes.empty())
        return reject("Custom function 'vn:" + name + "' did not resolve to any target nodes.");
    content = local.root().append_child(content_name);
    return append_nodes(nodes, content);
}

bool hydration::named_arguments(pugi::xml_node element, const function_signature& f, std::vector<string>& arguments)
{
    std::map<string, std::vector<string>, std::less<>> given;
    const auto parameter = [&](const string& name) -> const function_parameter* {
        for (const auto& p : f.parameters)
            if (p.name == name)
                return &p;
        reject("Custom function '" + f.name + "' has no argument '" + name + "'.");
        return nullptr;
    };
    for (auto a = element.first_attribute(); a; a = a.next_attribute())
    {
        const string name = a.name();
        if (is_declaration(name) || name == "function")
            continue;
        if (!parameter(name))
            return false;
        given[name].emplace_back(a.value());
    }
    for (auto node = element.first_child(); node; node = node.next_sibling())
    {
        if (!is_element(node) && !(is_text(node) && !is_blank(node.value())))
            continue;
        if (!is_argument_element(node))
            return reject("Element vn:use may hold elements vn:argument only.");
        const auto* p = parameter(node.attribute("name").value());
        if (!p || !argument_content(node, f, *p, given[p->name].emplace_back()))
            return false;
    }

    for (const auto& p : f.parameters)
    {
        const auto found = given.find(p.name);
        if (found == given.end())
        {
            if (!p.optional)
                return fail(wrong_argument(f, p, "is missing"));
            continue;
        }
        if (found->second.size() > 1 && !p.repeated)
            return fail(wrong_argument(f, p, "is given more than once"));
        // Arguments go by their place: none may be left out before one that is there.
        if (arguments.size() < static_cast<std::size_t>(&p - f.parameters.data()))
            return fail(wrong_argument(f, f.parameters[arguments.size()], "is missing"));
        for (auto& value : found->second)
            arguments.push_back(std::move(value));
    }
    return true;
}

bool hydration::argument_content(pugi::xml_node element, const function_signature& f, const function_parameter& p,
                                 string& value)
{
    xml_writer writer(value);
    for (auto node = element.first_child(); node; node = node.next_sibling())
    {
        if (is_text(node) && p.type != value_type::xml)
            value += node.value();
        else if (is_element(node) && p.type == value_type::xml)
            value += markup_of(node);
        else if (is_text(node))
            escape_text(value, node.value());
        else if (is_element(node))
            return fail(wrong_argument(f, p, "must be " + string(with_article(p.type)) + "; it holds an element"));
    }
    return p_.count.add(0, value.size()) || over();
}

bool hydration::select_element(pugi::xml_node local, const resolving& at, pugi::xml_node& content)
{
    for (auto a = local.first_attribute(); a; a = a.next_attribute())
        if (const string_view name = a.name();
            !is_declaration(name) && name != "path" && name != "source" && name != "expect")
            return reject("Element vn:select has no attribute '" + string(name) + "'.");
    if (!is_blank_content(local))
        return reject("Element vn:select must be empty.");
    const string path(trimmed(local.attribute("path").value()));
    if (path.empty())
        return reject("Element vn:select needs the attribute path.");
    if (!begins_expression(path))
        return reject("XPath '" + path + "' of vn:select must be absolute, relative or the call of a function.");
    const string expect = local.attribute("expect").as_string("one");
    if (expect != "one" && expect != "some" && expect != "any")
        return reject("Attribute expect of vn:select must be one, some or any (got '" + expect + "').");

    const pugi::xml_document* other = nullptr;
    if (const auto source = local.attribute("source"))
    {
        if (!*source.value())
            return reject("Attribute source of vn:select is empty.");
        const auto document = p_.documents.get(source.value());
        if (!document)
            return fail(document.error());
        p_.count.has_namespaces |= (*document)->has_namespaces();
        other = &(*document)->document();
    }

    live_expressions::selection selected;
    if (!evaluate(path, at.context, other, selected))
        return false;
    content = local.root().append_child(content_name);
    if (!selected->is_node_set)
    {
        if (!p_.count.add(0, selected->scalar.size()))
            return over();
        if (!selected->scalar.empty())
            content.append_child(pugi::node_pcdata).set_value(selected->scalar.c_str());
        return true;
    }
    const auto& nodes = selected->nodes.front();
    if (nodes.empty() && expect != "any")
        return reject("XPath '" + path + "' of vn:select did not resolve to any nodes.");
    if (nodes.size() > 1 && expect == "one")
        return reject("XPath '" + path + "' of vn:select resolved to " + std::to_string(nodes.size()) +
                      " nodes; expected exactly one.");
    return append_nodes(nodes, content);
}

bool hydration::append_nodes(const std::vector<pugi::xpath_node>& nodes, pugi::xml_node to)
{
    string text;
    const auto end_text = [&] {
        if (!text.empty())
            to.append_child(pugi::node_pcdata).set_value(text.c_str());
        const bool fits = p_.count.check(text.size() <= p_.count.limits().value_bytes);
        text.clear();
        return fits;
    };
    for (const auto& node : nodes)
    {
        if (node.attribute() || is_text(node.node()))
        {
            const auto before = text.size();
            text += node.attribute() ? node.attribute().value() : node.node().value();
            if (!p_.count.add(1, text.size() - before))
                return over();
            continue;
        }
        if (!end_text())
            return over();
        if (node.node().type() == pugi::node_document)
            return reject("A document cannot be inserted; select its root element.");
        const auto copy = copy_into(to, node.node(), p_.count);
        if (!copy)
            return over();
        if (const auto tail = tail_of(copy))
            to.remove_child(tail);
    }
    return end_text() || over();
}

} // namespace vn
