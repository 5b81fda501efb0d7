// How much work an XPath expression can be at most, without evaluating it (R22).
#pragma once

#include "domain/document_size.hpp"
#include "domain/xpath_tokens.hpp"

#include <pugixml.hpp>

namespace vn {

// Of a document.
struct document_shape
{
    double nodes = 1; // attributes included
    double depth = 1;
    double widest = 1; // most children of one node
    double text = 0;   // bytes in texts and attribute values
};

document_shape shape_of(const document_size& size) noexcept;
document_shape shape_of(const pugi::xml_document& document);

// An upper estimate in node visits for an evaluation with each of `contexts` nodes. Infinite for what cannot be read
// or is nested too deeply to be given to a parser.
double estimated_steps(const xpath_tokens& expression, const document_shape& shape, double contexts);

// What a location path without any repeated scan may cost at most.
double linear_steps(const document_shape& shape) noexcept;

} // namespace vn
