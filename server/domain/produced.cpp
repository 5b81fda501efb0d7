#include "domain/produced.hpp"

#include "domain/xml_names.hpp"

#include <algorithm>

namespace vn {

std::size_t depth_of(pugi::xml_node node) noexcept
{
    std::size_t depth = 0;
    for (; is_element(node); node = node.parent())
        ++depth;
    return depth;
}

std::size_t height_of(pugi::xml_node top) noexcept
{
    std::size_t height = 1;
    std::size_t level = 1;
    for (auto node = top; node;)
    {
        if (const auto child = node.first_child())
        {
            node = child;
            ++level;
            if (is_element(node))
                height = std::max(height, level);
            continue;
        }
        while (node != top && !node.next_sibling())
        {
            node = node.parent();
            --level;
        }
        if (node == top)
            break;
        node = node.next_sibling();
        if (is_element(node))
            height = std::max(height, level);
    }
    return height;
}

} // namespace vn
