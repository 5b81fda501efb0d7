// Large parts of the live document that nobody looks into are kept as text: as a tree they take seven times as much.
// The element stays in the tree with its attributes and nothing in it. Internal to domain.
#pragma once

#include "core/error.hpp"
#include "domain/document_size.hpp"
#include "domain/xml_tree.hpp"

#include <pugixml.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vn {

class folded_elements
{
public:
    // Takes out what is in the element, which is in a document without namespaces: unless it is empty, or its text
    // might not read back as it is. number: where a result goes in the response.
    void fold(pugi::xml_node element, std::int64_t number = 0);

    bool is_empty() const noexcept { return all_.empty(); }
    std::size_t text_bytes() const noexcept;

    // Null for what is not folded: the element with all that is in it, as it is written.
    const std::string* text_of(pugi::xml_node element) const noexcept;
    // For an element that is folded.
    std::int64_t number_of(pugi::xml_node element) const { return all_.at(element.hash_value()).number; }
    // Null for what is not folded: a tree of its own with the element as root, to be copied from. From the second time
    // on the same one, until end_copying().
    std::shared_ptr<const xml_tree> copy_of(pugi::xml_node element);
    void end_copying() noexcept;

    // For good: the tree is then as if it had never been folded. Nodes stay valid.
    void unfold(pugi::xml_node element);
    void unfold_all();

    // Elements that are removed from the tree.
    void clear() noexcept { all_.clear(); }

    // What the size of the document lacks.
    void add_to(document_size& whole) const;

private:
    struct folded
    {
        pugi::xml_node element;
        std::string text;
        document_size left; // in the tree
        document_size all;
        std::int64_t number = 0;
        bool is_copied = false;
        std::shared_ptr<const xml_tree> kept = {};
    };

    static void put_back(const folded& f);

    std::unordered_map<std::size_t, folded> all_;
};

// As read_tree(); libraries of the project with at least so many bytes of names and values are folded, unless there
// are namespaces in the document, or something in them that the initial pass resolves.
result<xml_tree, failure> read_folded_tree(std::string_view bytes, std::string_view charset,
                                           const document_limits& limits, std::size_t least_bytes,
                                           folded_elements& folded);

} // namespace vn
