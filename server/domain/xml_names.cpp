#include "domain/xml_names.hpp"

#include <algorithm>
#include <vector>

namespace vn {

using std::string_view;

string_view prefix_of(string_view name) noexcept
{
    const auto colon = name.find(':');
    return colon == name.npos ? string_view() : name.substr(0, colon);
}

string_view local_of(string_view name) noexcept
{
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

const char* namespace_of(pugi::xml_node node, string_view prefix) noexcept
{
    if (prefix == "xml")
        return "http://www.w3.org/XML/1998/namespace";
    for (; node.type() == pugi::node_element; node = node.parent())
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
        {
            const string_view name = a.name();
            if (is_declaration(name) && name.substr(6) == prefix)
                return a.value();
        }
    return nullptr;
}

std::string expanded_name(pugi::xml_node node, string_view name)
{
    if (is_plain_name(name))
        return std::string(name);
    const char* uri = namespace_of(node, prefix_of(name));
    std::string out = "{";
    out += uri ? uri : "";
    out += '}';
    out += local_of(name);
    return out;
}

bool same_name(pugi::xml_node a, pugi::xml_node b) noexcept
{
    const string_view left = a.name();
    const string_view right = b.name();
    if (is_plain_name(left) || is_plain_name(right))
        return left == right;
    if (local_of(left) != local_of(right))
        return false;
    const char* left_uri = namespace_of(a, prefix_of(left));
    const char* right_uri = namespace_of(b, prefix_of(right));
    return left_uri && right_uri && string_view(left_uri) == right_uri;
}

void keep_scope(pugi::xml_node from, pugi::xml_node to)
{
    std::vector<string_view> seen;
    for (auto own = to.first_attribute(); own; own = own.next_attribute())
        if (is_declaration(own.name()))
            seen.push_back(own.name());

    for (auto node = from; node.type() == pugi::node_element; node = node.parent())
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
        {
            const string_view name = a.name();
            if (!is_declaration(name) || std::find(seen.begin(), seen.end(), name) != seen.end())
                continue;
            seen.push_back(name);
            const char* there = namespace_of(to, name.substr(6));
            if (string_view(there ? there : "") != a.value())
                to.append_attribute(a.name()).set_value(a.value());
        }
}

void drop_repeated_declarations(pugi::xml_node node)
{
    for (auto a = node.first_attribute(); a;)
    {
        const auto next = a.next_attribute();
        const string_view name = a.name();
        if (is_declaration(name))
        {
            const char* outside = namespace_of(node.parent(), name.substr(6));
            if (string_view(outside ? outside : "") == a.value())
                node.remove_attribute(a);
        }
        a = next;
    }
}

bool is_blank(string_view text) noexcept
{
    return text.find_first_not_of(" \t\r\n") == text.npos;
}

string_view trimmed(string_view text) noexcept
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

pugi::xml_node leading_text(pugi::xml_node element) noexcept
{
    const auto first = element.first_child();
    return is_text(first) ? first : pugi::xml_node();
}

pugi::xml_node tail_of(pugi::xml_node node) noexcept
{
    const auto next = node.next_sibling();
    return is_text(next) ? next : pugi::xml_node();
}

void set_leading_text(pugi::xml_node element, const char* text)
{
    auto node = leading_text(element);
    if (!text)
    {
        element.remove_child(node);
        return;
    }
    if (!node)
        node = element.prepend_child(pugi::node_pcdata);
    node.set_value(text);
}

void set_tail(pugi::xml_node node, const char* text)
{
    auto tail = tail_of(node);
    if (!text)
    {
        node.parent().remove_child(tail);
        return;
    }
    if (!tail)
        tail = node.parent().insert_child_after(pugi::node_pcdata, node);
    tail.set_value(text);
}

void remove_with_tail(pugi::xml_node node)
{
    auto parent = node.parent();
    parent.remove_child(tail_of(node));
    parent.remove_child(node);
}

pugi::xml_node root_element(const pugi::xml_document& document) noexcept
{
    return document.document_element();
}

pugi::xml_node child_element(pugi::xml_node parent, const char* name) noexcept
{
    for (auto child = parent.first_child(); child; child = child.next_sibling())
        if (is_element(child) && string_view(child.name()) == name)
            return child;
    return {};
}

pugi::xml_node next_beside(pugi::xml_node node, pugi::xml_node top) noexcept
{
    while (node != top)
    {
        if (const auto next = node.next_sibling())
            return next;
        node = node.parent();
    }
    return {};
}

pugi::xml_node next_in(pugi::xml_node node, pugi::xml_node top) noexcept
{
    const auto child = node.first_child();
    return child ? child : next_beside(node, top);
}

} // namespace vn
