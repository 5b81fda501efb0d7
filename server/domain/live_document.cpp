#include "domain/live_document.hpp"

#include "domain/xml_names.hpp"

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

std::optional<failure> live_document::over_limits()
{
    if (!size)
    {
        size = size_of(*tree.document);
        folded.add_to(*size);
    }
    std::size_t beside_root = 0;
    for (auto node = tree.document->first_child(); node; node = node.next_sibling())
        if (node != root())
            beside_root += size_of(node).bytes;
    const auto& limits = environment.limits.document;
    if (size->elements > limits.elements || size->bytes - beside_root > limits.document_bytes ||
        size->height > limits.depth)
        return failure{.code = "hydration-limit", .message = "The document has become larger than a document may be."};
    return std::nullopt;
}

} // namespace vn
