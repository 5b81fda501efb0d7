// The element forms of hydration: elements of the namespace urn:vnserver:1, whatever their prefix (R37).
#pragma once

#include <pugixml.hpp>

namespace vn {

enum class element_form
{
    none,    // of another namespace
    use,     // <vn:use function="NAME" .../>
    select,  // <vn:select path="..." source="..." expect="..."/>
    unknown, // also an argument that is not below a use
};

element_form element_form_of(pugi::xml_node node) noexcept;
bool is_argument_element(pugi::xml_node node) noexcept;

} // namespace vn
