// Documents of the plainest kind are told by one look at each byte: most are that. Internal to domain.
#pragma once

#include "domain/document_gate.hpp"

#include <string_view>

namespace vn {

// Whether the text is well-formed, within the limits, and nothing but elements, attributes and texts in ASCII: without
// namespaces, references to characters by number, comments, CDATA sections and processing instructions, with nothing in it
// that parsers may read in several ways (a carriage return, white space in a value other than blanks). False says nothing:
// the gate has to judge it.
bool is_plain_xml(std::string_view text, const document_limits& limits);

} // namespace vn
