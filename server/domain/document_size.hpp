// How much is in a document or a part of it. Sizes of parts are added up, so that a change costs what changes.
#pragma once

#include <pugixml.hpp>

#include <cstddef>

namespace vn {

struct document_size
{
    std::size_t elements = 0;
    std::size_t bytes = 0;  // of names and values
    std::size_t height = 0; // levels of elements
    std::size_t nodes = 0;  // attributes included
    std::size_t text = 0;   // bytes in texts and attribute values
    std::size_t levels = 1; // of nodes, top included
    std::size_t widest = 1; // most children or attributes of one node
};

document_size size_of(pugi::xml_node top);

// After a part of a document, `below` levels under it, gave place to another one. Height, levels and widest are bounds
// then: they never shrink.
void replace_part(document_size& whole, const document_size& old, const document_size& now, std::size_t below) noexcept;

} // namespace vn
