#include "domain/hydration_element.hpp"

#include "domain/xml_names.hpp"

#include <string_view>

namespace vn {

namespace {

bool is_ours(pugi::xml_node node) noexcept
{
    const std::string_view name = node.name();
    if (!is_element(node) || is_plain_name(name))
        return false;
    const char* uri = namespace_of(node, prefix_of(name));
    return uri && std::string_view(uri) == "urn:vnserver:1";
}

} // namespace

element_form element_form_of(pugi::xml_node node) noexcept
{
    if (!is_ours(node))
        return element_form::none;
    const auto name = local_of(node.name());
    // What a group that went on left of a task that failed: no form, it may be copied like anything else.
    if (name == "failed-task")
        return element_form::none;
    if (name == "use")
        return element_form::use;
    return name == "select" ? element_form::select : element_form::unknown;
}

bool is_argument_element(pugi::xml_node node) noexcept
{
    return is_ours(node) && local_of(node.name()) == "argument";
}

} // namespace vn
