#include "domain/xpath_selection.hpp"

#include "domain/xml_names.hpp"

#include <algorithm>
#include <cstdint>
#include <new>
#include <unordered_map>
#include <utility>

namespace vn {

namespace {

using identity = std::pair<const void*, const void*>; // node or parent, attribute

identity identity_of(const pugi::xpath_node& node)
{
    if (node.attribute())
        return {node.attribute().internal_object(), nullptr};
    return {nullptr, node.node().internal_object()};
}

struct hash
{
    std::size_t operator()(const identity& i) const noexcept
    {
        return std::hash<const void*>()(i.first ? i.first : i.second);
    }
};

// Every node and attribute with its number; stops when visit says false.
template <class Visit>
void each_in_order(const pugi::xml_document& document, Visit visit)
{
    std::uint32_t number = 0;
    const pugi::xml_node top = document;
    for (auto node = top; node; node = next_in(node, top))
    {
        if (!visit(number++, pugi::xpath_node(node)))
            return;
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
            if (!visit(number++, pugi::xpath_node(a, node)))
                return;
    }
}

failure invalid(const std::string& expression, const pugi::xpath_exception& e)
{
    return {.code = "xpath-invalid", .message = "XPath '" + expression + "' cannot be evaluated: " + e.what() + "."};
}

} // namespace

result<pugi::xpath_query, failure> compile_xpath(const std::string& expression)
{
    try
    {
        return pugi::xpath_query(expression.c_str());
    }
    catch (const pugi::xpath_exception& e)
    {
        return invalid(expression, e);
    }
}

result<xpath_selection, failure> evaluate_xpath(const pugi::xml_document& document,
                                                std::span<const pugi::xml_node> contexts, const std::string& expression)
{
    const auto query = compile_xpath(expression);
    if (!query)
        return query.error();
    return evaluate_xpath(document, contexts, *query, expression);
}

result<xpath_selection, failure> evaluate_xpath(const pugi::xml_document& document,
                                                std::span<const pugi::xml_node> contexts,
                                                const pugi::xpath_query& query, const std::string& expression)
{
    xpath_selection selected;
    try
    {
        if (query.return_type() != pugi::xpath_type_node_set)
        {
            selected.is_node_set = false;
            if (!contexts.empty())
                selected.scalar = query.evaluate_string(contexts.front());
            return selected;
        }
        bool is_sorted = true;
        for (const auto& context : contexts)
        {
            const auto set = query.evaluate_node_set(context);
            selected.nodes.emplace_back(set.begin(), set.end());
            if (set.type() == pugi::xpath_node_set::type_sorted_reverse)
                std::reverse(selected.nodes.back().begin(), selected.nodes.back().end());
            else if (set.type() == pugi::xpath_node_set::type_unsorted && set.size() > 1)
                is_sorted = false;
        }
        // pugixml sorts trees like ours by walking along siblings for every comparison.
        if (!is_sorted)
            find_nodes(document, number_nodes(document, selected), selected);
    }
    catch (const pugi::xpath_exception& e)
    {
        return invalid(expression, e);
    }
    return selected;
}

std::vector<std::vector<std::uint32_t>> number_nodes(const pugi::xml_document& document,
                                                     const xpath_selection& selected)
{
    std::unordered_map<identity, std::uint32_t, hash> numbers;
    for (const auto& list : selected.nodes)
        for (const auto& node : list)
            numbers.emplace(identity_of(node), 0);
    auto missing = numbers.size();
    if (missing > 0)
        each_in_order(document, [&](std::uint32_t number, const pugi::xpath_node& node) {
            if (const auto at = numbers.find(identity_of(node)); at != numbers.end())
            {
                at->second = number;
                --missing;
            }
            return missing > 0;
        });

    std::vector<std::vector<std::uint32_t>> out;
    for (const auto& list : selected.nodes)
    {
        auto& to = out.emplace_back();
        for (const auto& node : list)
            to.push_back(numbers.at(identity_of(node)));
        std::sort(to.begin(), to.end());
    }
    return out;
}

bool find_nodes(const pugi::xml_document& document, const std::vector<std::vector<std::uint32_t>>& numbers,
                xpath_selection& selected)
{
    std::unordered_map<std::uint32_t, pugi::xpath_node> nodes;
    for (const auto& list : numbers)
        for (const auto number : list)
            nodes.try_emplace(number);
    auto missing = nodes.size();
    if (missing > 0)
        each_in_order(document, [&](std::uint32_t number, const pugi::xpath_node& node) {
            if (const auto at = nodes.find(number); at != nodes.end())
            {
                at->second = node;
                --missing;
            }
            return missing > 0;
        });
    if (missing > 0)
        return false;

    selected.nodes.clear();
    for (const auto& list : numbers)
    {
        auto& to = selected.nodes.emplace_back();
        for (const auto number : list)
            to.push_back(nodes.at(number));
    }
    return true;
}

} // namespace vn
