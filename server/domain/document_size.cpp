#include "domain/document_size.hpp"

#include "domain/xml_names.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace vn {

document_size size_of(pugi::xml_node top)
{
    document_size size;
    // Elements lie in elements only, below the document.
    const std::size_t above = top.type() == pugi::node_document ? 1 : 0;
    std::vector<std::size_t> children(1);
    for (auto node = top; node;)
    {
        ++size.nodes;
        const auto value = std::strlen(node.value());
        size.text += value;
        size.bytes += std::strlen(node.name()) + value;
        if (is_element(node))
        {
            ++size.elements;
            size.height = std::max(size.height, children.size() - above);
        }
        std::size_t attributes = 0;
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
        {
            ++attributes;
            const auto bytes = std::strlen(a.value());
            size.text += bytes;
            size.bytes += std::strlen(a.name()) + bytes;
        }
        size.nodes += attributes;
        size.widest = std::max(size.widest, attributes);
        if (const auto child = node.first_child())
        {
            node = child;
            children.push_back(1);
            size.levels = std::max(size.levels, children.size());
            continue;
        }
        while (node != top && !node.next_sibling())
        {
            node = node.parent();
            size.widest = std::max(size.widest, children.back());
            children.pop_back();
        }
        if (node == top)
            break;
        node = node.next_sibling();
        ++children.back();
    }
    return size;
}

void replace_part(document_size& whole, const document_size& old, const document_size& now, std::size_t below) noexcept
{
    whole.elements += now.elements - old.elements;
    whole.bytes += now.bytes - old.bytes;
    whole.nodes += now.nodes - old.nodes;
    whole.text += now.text - old.text;
    whole.height = std::max(whole.height, below - 1 + now.height);
    whole.levels = std::max(whole.levels, below + now.levels);
    whole.widest = std::max(whole.widest, now.widest);
}

} // namespace vn
