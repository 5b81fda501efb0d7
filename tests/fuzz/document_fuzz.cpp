// The gate, with any bytes: what it lets through reads as a tree, and is written and read again as the same, also by
// the reader of our own texts. What is plain reads as the same tree as by the parser for all the others.
#include "domain/xml_tree.hpp"
#include "domain/xml_writer.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const vn::document_limits limits{.depth = 20, .attributes = 10, .elements = 500, .value_bytes = 2'000};
    const auto admitted = vn::admit_document(bytes, {}, limits);
    const auto tree = vn::read_tree(bytes, {}, limits);
    const auto parsed = vn::read_tree(bytes, {}, limits, [](pugi::xml_node) {});
    if (admitted.has_value() != tree.has_value() || parsed.has_value() != tree.has_value())
        std::abort();
    if (!admitted)
        return 0;
    const auto own = [&] {
        auto l = limits;
        l.attributes = 1'000; // declarations may be repeated
        return l;
    }();
    const auto text = vn::text_of(*tree->document);
    if (vn::text_of(*parsed->document) != text || parsed->has_namespaces != tree->has_namespaces)
        std::abort();
    const auto again = vn::read_tree(text, {}, own);
    if (!again || vn::text_of(*again->document) != text)
        std::abort();
    if (const auto reread = vn::reread_tree(text); reread && vn::text_of(*reread->document) != text)
        std::abort();
    return 0;
}
