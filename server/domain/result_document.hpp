// The valuation in a document that came back for a task. Internal to domain.
#pragma once

#include "core/error.hpp"
#include "domain/xml_tree.hpp"

#include <string>

namespace vn {

struct result_document
{
    xml_tree tree;
    pugi::xml_node valuation; // with its tail beside it
};

// Codes as those of take_valuation().
result<result_document, failure> read_result(std::string_view bytes, const document_limits& limits);
// The same of what stored_form() has made in this process.
result<result_document, failure> reread_result(std::string_view stored, const document_limits& limits);

// As it is stored: the element with what is in scope of it, in a `vnml` of its own if it has a tail that is not blank.
std::string stored_form(pugi::xml_node valuation);

} // namespace vn
