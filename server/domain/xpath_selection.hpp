// What an expression selects, in document order, and the same as numbers that mean the same in a forked child.
#pragma once

#include "core/error.hpp"

#include <pugixml.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vn {

struct xpath_selection
{
    // False for a number, a string or a boolean: scalar is then what string() makes of it for the first context node,
    // and nodes is empty.
    bool is_node_set = true;
    std::string scalar = {};
    // One list for each context node, each in document order.
    std::vector<std::vector<pugi::xpath_node>> nodes = {};
};

// Both: code xpath-invalid.
result<pugi::xpath_query, failure> compile_xpath(const std::string& expression);
// Evaluates where it stands, for as long as it takes; query is what compile_xpath() made of the expression.
result<xpath_selection, failure> evaluate_xpath(const pugi::xml_document& document,
                                                std::span<const pugi::xml_node> contexts,
                                                const pugi::xpath_query& query, const std::string& expression);
result<xpath_selection, failure> evaluate_xpath(const pugi::xml_document& document,
                                                std::span<const pugi::xml_node> contexts,
                                                const std::string& expression);

// Nodes by their number in document order; an element's attributes come before its children. The same for the same
// document in parent and child.
std::vector<std::vector<std::uint32_t>> number_nodes(const pugi::xml_document& document,
                                                     const xpath_selection& selected);
// False if a number names no node.
bool find_nodes(const pugi::xml_document& document, const std::vector<std::vector<std::uint32_t>>& numbers,
                xpath_selection& selected);

} // namespace vn
