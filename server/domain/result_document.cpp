#include "domain/result_document.hpp"

#include "domain/live_document.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

#include <algorithm>
#include <span>

namespace vn {

namespace {

// The first in document order of the elements that the names lead to from top.
pugi::xml_node first_at(pugi::xml_node top, std::span<const char* const> names)
{
    if (names.empty())
        return top;
    for (auto child = top.first_child(); child; child = child.next_sibling())
        if (is_named(child, names.front()))
            if (const auto found = first_at(child, names.subspan(1)))
                return found;
    return {};
}

constexpr const char* in_wrapper[] = {"task", "results", "vnml"};
constexpr const char* in_document[] = {"project", "group", "valuation"};

pugi::xml_node valuation_in(pugi::xml_node root)
{
    if (is_named(root, "valuation"))
        return root;
    if (is_named(root, "job"))
        root = first_at(root, in_wrapper);
    return first_at(root, in_document);
}

failure refused(const failure& gate)
{
    failure f = gate;
    f.code = gate.code == "document-limit"   ? "output-too-large"
             : gate.code == "empty-document" ? "output-empty"
                                             : "output-malformed";
    f.message = "The result is not acceptable: " + gate.message;
    return f;
}

} // namespace

result<result_document, failure> reread_result(std::string_view stored, const document_limits& limits)
{
    if (auto tree = reread_tree(stored))
        if (const auto valuation = valuation_in(tree->root()))
            return result_document{std::move(*tree), valuation};
    return read_result(stored, limits);
}

result<result_document, failure> read_result(std::string_view bytes, const document_limits& limits)
{
    // White space before an XML declaration is a slip of scripts that do no harm by it.
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    auto tree = read_tree(bytes, {}, limits);
    if (!tree)
        return refused(tree.error());
    const auto valuation = valuation_in(tree->root());
    if (!valuation)
        return failure{.code = "output-not-a-result", .message = "The result holds no valuation."};
    return result_document{std::move(*tree), valuation};
}

std::string stored_form(pugi::xml_node valuation)
{
    auto element = markup_of(valuation);
    const auto tail = tail_of(valuation);
    if (!tail || is_blank(tail.value()))
        return element;
    std::string out = "<vnml><project><group>" + element;
    escape_text(out, tail.value());
    out += "</group></project></vnml>";
    return out;
}

} // namespace vn
