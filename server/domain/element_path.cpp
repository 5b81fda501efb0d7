#include "domain/element_path.hpp"

#include "domain/xml_names.hpp"

#include <algorithm>

namespace vn {

std::string text_of(const element_path& path)
{
    std::string out;
    for (const auto& step : path)
    {
        out += '/';
        out += step.name;
        if (step.number > 0)
            out += '[' + std::to_string(step.number) + ']';
    }
    return out;
}

element_path path_finder::path_of(pugi::xml_node element)
{
    element_path path;
    for (auto node = element; is_element(node); node = node.parent())
    {
        std::size_t number = 0;
        if (const auto parent = node.parent(); is_element(parent))
        {
            if (auto& done = numbered_[parent.hash_value()]; !done)
            {
                done = true;
                std::unordered_map<std::string, std::vector<std::size_t>> same;
                for (auto child = parent.first_child(); child; child = child.next_sibling())
                    if (is_element(child))
                        same[expanded_name(child, child.name())].push_back(child.hash_value());
                for (const auto& [name, children] : same)
                    for (std::size_t i = 0; i < children.size() && children.size() > 1; ++i)
                        numbers_[children[i]] = i + 1;
            }
            if (const auto found = numbers_.find(node.hash_value()); found != numbers_.end())
                number = found->second;
        }
        path.push_back({expanded_name(node, node.name()), number});
    }
    std::reverse(path.begin(), path.end());
    return path;
}

} // namespace vn
