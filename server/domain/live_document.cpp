#include "domain/live_document.hpp"

#include "domain/xml_names.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace vn {

bool is_named(pugi::xml_node node, const char* name) noexcept
{
    return is_element(node) && std::strcmp(node.name(), name) == 0;
}

bool is_library(pugi::xml_node node) noexcept
{
    return is_named(node, "market") || is_named(node, "model") || is_named(node, "calculator") ||
           is_named(node, "portfolio");
}

document_limits own_text_limits(const document_limits& limits) noexcept
{
    auto own = limits;
    own.attributes = std::numeric_limits<std::size_t>::max();
    own.document_bytes = std::numeric_limits<int>::max();
    return own;
}

pugi::xml_node live_document::project() const noexcept
{
    return child_element(root(), "project");
}

pugi::xml_node live_document::group(std::size_t index) const noexcept
{
    for (auto child = project().first_child(); child; child = child.next_sibling())
        if (is_named(child, "group") && index-- == 0)
            return child;
    return {};
}

std::size_t live_document::group_count() const noexcept
{
    std::size_t count = 0;
    for (auto child = project().first_child(); child; child = child.next_sibling())
        count += is_named(child, "group") ? 1 : 0;
    return count;
}

std::optional<failure> live_document::over_limits() const
{
    const auto& limits = environment.limits.document;
    std::size_t elements = 0;
    std::size_t bytes = 0;
    const auto top = root();
    for (auto node = top; node; node = next_in(node, top))
    {
        elements += is_element(node) ? 1 : 0;
        bytes += std::strlen(node.name()) + std::strlen(node.value());
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
            bytes += std::strlen(a.name()) + std::strlen(a.value());
    }
    if (elements > limits.elements || bytes > limits.document_bytes || height_of(top) > limits.depth)
        return failure{.code = "hydration-limit", .message = "The document has become larger than a document may be."};
    return std::nullopt;
}

} // namespace vn
