// hydrate(E, C) of the specification, section 2, and its parts. Everything here works on copies in a tree of its own
// (the bench) and reads the live document through expressions only.
#pragma once

#include "domain/fetched_documents.hpp"
#include "domain/hydration_functions.hpp"
#include "domain/live_expressions.hpp"
#include "domain/merge.hpp"
#include "domain/produced.hpp"

#include <pugixml.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vn {

// context is null where there is none.
struct hydrated_item
{
    pugi::xml_node element;
    pugi::xml_node context;
};

// What may be passed over: elements that belong to somebody else (the groups, in the initial pass).
using node_filter = std::function<bool(pugi::xml_node)>;

// Member functions that return bool are false after a failure, which why() then has.
class hydration
{
public:
    struct parts
    {
        fetched_documents& documents;
        const hydration_functions& functions;
        live_expressions& expressions;
        produced& count;
        pugi::xml_node live_root; // of the live document
    };

    explicit hydration(parts p) : p_(p) {}
    hydration(parts p, node_filter skipped) : p_(p), skipped_(std::move(skipped)) {}

    const failure& why() const noexcept { return why_; }

    // Steps 2 to 6 for a root element that is a copy already. It is used up: the items take its place on the bench.
    bool hydrate(pugi::xml_node element, pugi::xml_node context, unsigned level, std::vector<hydrated_item>& items);

    // Section 2.1, below top. For a child of something larger also on top itself; it may be replaced then.
    bool resolve_hrefs(pugi::xml_node top);
    bool resolve_hrefs_of_child(pugi::xml_node& child);
    // Section 2.2. The items lie beside element, which is one of them or gone.
    bool expand_use(pugi::xml_node element, pugi::xml_node context, std::vector<hydrated_item>& items);
    // Section 2.3.
    bool replace_placeholders(const hydrated_item& item);
    // Section 2.4, below the item.
    bool resolve_selects(const hydrated_item& item, unsigned level);
    // The same on and below a child of the item alone; replaced is what stands in its place then.
    bool resolve_selects_of_child(pugi::xml_node child, pugi::xml_node context, std::vector<pugi::xml_node>& replaced);

private:
    bool reject(std::string message) { return fail({.code = "hydration-failed", .message = std::move(message)}); }
    bool fail(failure f);
    bool over();

    bool resolve_href_list(const std::vector<pugi::xml_node>& list);
    bool resolve_href(pugi::xml_node local, path_finder& paths, std::vector<pugi::xml_node>& removed);
    bool placeholder(pugi::xml_node element, pugi::xml_attribute attribute, const hydrated_item& item);
    bool placeholder_value(const std::string& expression, pugi::xml_node context, std::string& value);
    std::vector<pugi::xml_node> selecting(pugi::xml_node top, bool with_top);
    bool resolve_select(pugi::xml_node local, pugi::xml_node context, unsigned level,
                        std::vector<pugi::xml_node>& removed, std::vector<pugi::xml_node>* placed);
    bool link(const std::string& value, const std::string& source, const std::string& target,
              std::vector<pugi::xml_node>& contexts);
    bool is_skipped(pugi::xml_node node) const { return skipped_ && skipped_(node); }
    static void remove_all(std::vector<pugi::xml_node>& removed);

    parts p_;
    node_filter skipped_;
    failure why_;
};

} // namespace vn
