// What every document from outside has to pass before anything else looks at it: encoding, well-formedness with
// namespaces, no document type, limits. The parser that judges is also the one the tree is built by (xml_tree.hpp).
#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vn {

struct document_limits
{
    std::size_t depth = 256;
    std::size_t attributes = 256; // of one element, namespace declarations included
    std::size_t elements = 1'000'000;
    std::size_t name_bytes = 256;          // prefix included
    std::size_t value_bytes = 8 << 20;     // one text, attribute, comment or processing instruction
    std::size_t document_bytes = 64 << 20; // as UTF-8
};

// The document as UTF-8. charset is the parameter of the media type, if there was one; a byte order mark goes before
// it, and it goes before the XML declaration. A document that came in another encoding has its XML declaration
// blanked, so that what is stored never claims an encoding it does not have; lines and columns stay as they were.
//
// Codes: malformed-xml (message always "Input XML is not well-formed.", the reason in reason), doctype-refused,
// document-limit, empty-document. line and column count from 1; 0 where the reason is not at a place.
//
// Any thread.
result<std::string, failure> admit_document(std::string bytes, std::string_view charset = {},
                                            const document_limits& limits = {});

} // namespace vn
