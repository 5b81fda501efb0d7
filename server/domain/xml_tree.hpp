// A document from outside as a tree, built by the parser that judged it, unless it is plain (plain_xml.hpp).
#pragma once

#include "core/error.hpp"
#include "domain/document_gate.hpp"

#include <pugixml.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vn {

struct xml_tree
{
    // On the heap, so that nodes stay valid when the tree is moved.
    std::unique_ptr<pugi::xml_document> document = std::make_unique<pugi::xml_document>();
    bool has_namespaces = false; // any declaration at all

    pugi::xml_node root() const noexcept { return document->document_element(); }
};

// Through the gate; codes as those of admit_document(). Names as xml_names.hpp says; every text is one node, white
// space, comments and processing instructions are kept, those outside of the root too.
//
// ended, if given, is told of each child of a child of the root when all of it is there, and may take out what is in
// it.
using part_ended = std::function<void(pugi::xml_node)>;
result<xml_tree, failure> read_tree(std::string_view bytes, std::string_view charset, const document_limits& limits,
                                    const part_ended& ended = {});

// The same of a text that the writer has made in this process from a tree that came through the gate: it is not judged
// again. Nothing if there are namespaces in it, which pugixml alone knows nothing of.
std::optional<xml_tree> reread_tree(std::string_view bytes);

} // namespace vn
