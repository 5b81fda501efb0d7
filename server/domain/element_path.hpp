// The path of an element in its tree, as the rules of href write it: /vnml/project/curve[2].
#pragma once

#include <pugixml.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace vn {

struct path_step
{
    std::string name;   // expanded
    std::size_t number; // from 1; 0 where there is no sibling with the same name
};

using element_path = std::vector<path_step>;

std::string text_of(const element_path& path);

// Numbers siblings once for each parent. Only valid while no element is added, removed or renamed; replacing elements
// by others of the same name does not matter to elements that are still there.
class path_finder
{
public:
    element_path path_of(pugi::xml_node element);

private:
    std::unordered_map<std::size_t, std::size_t> numbers_; // by hash_value(), which is the node's identity
    std::unordered_map<std::size_t, bool> numbered_;       // parents
};

} // namespace vn
