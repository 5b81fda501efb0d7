// merge(L, R) of the specification, section 2.5.
#pragma once

#include "domain/produced.hpp"

#include <pugixml.hpp>

namespace vn {

struct ignored_attributes
{
    const char* local = nullptr;
    const char* remote = nullptr;
};

// Puts the merge before local, so that it has local's tail once local is moved away. remote may be in another
// document. Null when a limit was passed.
pugi::xml_node merge_before(pugi::xml_node local, pugi::xml_node remote, ignored_attributes ignored, produced& count);
// The same as a last child of parent, with the tail of local.
pugi::xml_node merge_into(pugi::xml_node parent, pugi::xml_node local, pugi::xml_node remote,
                          ignored_attributes ignored, produced& count);

// A copy of source with its tail as last child of parent, which may be a document; what was in scope stays so.
pugi::xml_node copy_into(pugi::xml_node parent, pugi::xml_node source, produced& count);

} // namespace vn
