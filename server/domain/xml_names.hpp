// Names and namespaces in trees that know nothing of them.
//
// In every tree of ours an element in a default namespace is called `:local`, and the declaration of a default
// namespace is the attribute `xmlns:`. So a plain name is always one in no namespace: names compare as strings, an
// unprefixed name in an XPath expression cannot match what is in a default namespace, and the empty prefix is a prefix
// like any other, also to pugixml's namespace-uri(). Only the writer turns it back.
#pragma once

#include <pugixml.hpp>

#include <string>
#include <string_view>

namespace vn {

inline bool is_plain_name(std::string_view name) noexcept
{
    return name.find(':') == name.npos;
}
inline bool is_declaration(std::string_view attribute) noexcept
{
    return attribute.starts_with("xmlns:");
}
inline bool is_text(pugi::xml_node node) noexcept
{
    return node.type() == pugi::node_pcdata;
}
inline bool is_element(pugi::xml_node node) noexcept
{
    return node.type() == pugi::node_element;
}
inline bool is_root(pugi::xml_node node) noexcept
{
    return node.parent().type() == pugi::node_document;
}
inline pugi::xml_node as_node(pugi::xml_document& document) noexcept
{
    return document;
}

std::string_view prefix_of(std::string_view name) noexcept; // without ':'
std::string_view local_of(std::string_view name) noexcept;

// What prefix is bound to at node; null where it is not bound.
const char* namespace_of(pugi::xml_node node, std::string_view prefix) noexcept;

// `local`, or `{uri}local` for a name in a namespace. name is that of node or of an attribute of it.
std::string expanded_name(pugi::xml_node node, std::string_view name);
bool same_name(pugi::xml_node a, pugi::xml_node b) noexcept;

// Declares on `to` what is in scope of `from` and not, or otherwise, in scope of `to`. `from` itself is left out if
// it is where `to` was copied from, as `to` has the declarations of `from` already: then give its parent.
void keep_scope(pugi::xml_node from, pugi::xml_node to);
// Removes declarations on node that its parent makes already.
void drop_repeated_declarations(pugi::xml_node node);

bool is_blank(std::string_view text) noexcept;
std::string_view trimmed(std::string_view text) noexcept;

pugi::xml_node leading_text(pugi::xml_node element) noexcept;
pugi::xml_node tail_of(pugi::xml_node node) noexcept;
// Null sets none.
void set_leading_text(pugi::xml_node element, const char* text);
void set_tail(pugi::xml_node node, const char* text);
void remove_with_tail(pugi::xml_node node);

pugi::xml_node root_element(const pugi::xml_document& document) noexcept;
// The first child element with this plain name.
pugi::xml_node child_element(pugi::xml_node parent, const char* name) noexcept;

// The node after node in document order within top, children first; null at the end. No recursion.
pugi::xml_node next_in(pugi::xml_node node, pugi::xml_node top) noexcept;
// The same, but what is below node is left out.
pugi::xml_node next_beside(pugi::xml_node node, pugi::xml_node top) noexcept;

} // namespace vn
