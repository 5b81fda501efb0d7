// hydrate(E, C) of the specification, section 2, and its parts. Everything here works on copies in a tree of its own
// (the bench) and reads the live document through expressions only.
#pragma once

#include "domain/call_text.hpp"
#include "domain/fetched_documents.hpp"
#include "domain/folded_elements.hpp"
#include "domain/function_calls.hpp"
#include "domain/hydration_element.hpp"
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

inline bool has_use(pugi::xml_node node) noexcept
{
    return *node.attribute("use").value() != '\0';
}

// Member functions that return bool are false after a failure, which why() then has.
class hydration
{
public:
    struct parts
    {
        fetched_documents& documents;
        function_calls& calls;
        live_expressions& expressions;
        folded_elements& folded;
        produced& count;
        pugi::xml_node live_root; // of the live document
    };

    // Of the groups.
    explicit hydration(parts p) : p_(p), expands_use_(true) {}
    // Outside of them: `use` below an element stays as it is there.
    hydration(parts p, node_filter skipped) : p_(p), skipped_(std::move(skipped)) {}

    const failure& why() const noexcept { return why_; }

    // Steps 2 to 6 for a root element that is a copy already. It is used up: the items take its place on the bench.
    bool hydrate(pugi::xml_node element, pugi::xml_node context, unsigned level, std::vector<hydrated_item>& items);

    static constexpr unsigned select_levels = 64;
    // A select costs more than the elements it brings.
    static constexpr std::size_t select_cost = 8;

    // Section 2.1, below top. For a child of something larger also on top itself; it may be replaced then.
    bool resolve_hrefs(pugi::xml_node top);
    bool resolve_hrefs_of_child(pugi::xml_node& child);
    // Section 2.2. The items lie beside element, which is one of them or gone.
    bool expand_use(pugi::xml_node element, pugi::xml_node context, std::vector<hydrated_item>& items);
    // Section 2.3.
    bool replace_placeholders(const hydrated_item& item);
    // Section 2.4, below the item, and what docs/hydration.md adds to it: functions and element forms.
    bool resolve_selects(const hydrated_item& item, unsigned level);
    // The same on and below a child of the item alone; replaced is what stands in its place then.
    bool resolve_selects_of_child(pugi::xml_node child, pugi::xml_node context, std::vector<pugi::xml_node>& replaced);

private:
    bool reject(std::string message) { return fail({.code = "hydration-failed", .message = std::move(message)}); }
    bool fail(failure f);
    bool over();

    // Nothing in it tells to do anything: one look at it instead of one in each section.
    bool is_settled(pugi::xml_node top) const;
    // Moves the element beside its tree, with the namespaces in scope of it: what is listed below it is still resolved.
    pugi::xml_node take_out(pugi::xml_node element);
    bool resolve_href_list(const std::vector<pugi::xml_node>& list);
    bool resolve_href(pugi::xml_node local, path_finder& paths, std::vector<pugi::xml_node>& removed);
    bool placeholder(pugi::xml_node element, pugi::xml_attribute attribute, const hydrated_item& item);
    bool placeholder_value(const std::string& expression, pugi::xml_node context, std::string& value);
    // Where something is to be resolved, and what is out of the tree then. placed is null, or gets the elements that
    // stand in the place of local.
    struct resolving
    {
        pugi::xml_node context;
        unsigned level;
        std::vector<pugi::xml_node> removed = {};
        std::vector<pugi::xml_node> joined = {}; // parents with texts side by side
    };
    using placed_elements = std::vector<pugi::xml_node>;

    std::vector<pugi::xml_node> selecting(pugi::xml_node top, bool with_top);
    bool resolve_list(const std::vector<pugi::xml_node>& list, resolving& at, pugi::xml_node top,
                      placed_elements* placed);
    bool resolve_select(pugi::xml_node local, resolving& at, placed_elements* placed);
    bool place(pugi::xml_node local, const std::vector<hydrated_item>& items, resolving& at, placed_elements* placed);

    // hydration_call.cpp: functions in `use`.
    const function_signature* function_of(pugi::xml_node element) const;
    bool expand_call(pugi::xml_node element, pugi::xml_node context, const function_signature& f,
                     std::vector<hydrated_item>& items);
    bool expand_nodes(pugi::xml_node element, const std::vector<pugi::xml_node>& contexts,
                      std::vector<hydrated_item>& items);
    bool call(const function_signature& f, const std::vector<call_argument>& written, pugi::xml_node context,
              std::string& value);
    bool add_argument(const function_signature& f, const function_parameter& p, const call_argument& written,
                      pugi::xml_node context, std::vector<std::string>& arguments);
    bool add_selected(const function_signature& f, const function_parameter& p, const std::string& expression,
                      pugi::xml_node context, std::vector<std::string>& arguments);
    bool invoke(const function_signature& f, std::vector<std::string> arguments, std::string& value);
    bool resolve_use(pugi::xml_node local, resolving& at, placed_elements* placed);
    // An element on the bench whose content is that result.
    pugi::xml_node result_content(pugi::xml_node bench, const function_signature& f, const std::string& value);
    // On the live document, or, if given, on another one.
    bool evaluate(const std::string& expression, pugi::xml_node context, const pugi::xml_document* other,
                  live_expressions::selection& selected);
    bool context_nodes(const std::string& path, pugi::xml_node context, std::vector<pugi::xml_node>& contexts);

    // hydration_elements.cpp: <vn:use> and <vn:select>.
    element_form form_of(pugi::xml_node node) const;
    bool resolve_element(pugi::xml_node local, element_form form, resolving& at, placed_elements* placed);
    bool use_element(pugi::xml_node local, const resolving& at, pugi::xml_node& content);
    bool select_element(pugi::xml_node local, const resolving& at, pugi::xml_node& content);
    bool named_arguments(pugi::xml_node element, const function_signature& f, std::vector<std::string>& arguments);
    bool argument_content(pugi::xml_node element, const function_signature& f, const function_parameter& p,
                          std::string& value);
    bool append_nodes(const std::vector<pugi::xpath_node>& nodes, pugi::xml_node to);

    bool link(const std::string& value, const std::string& source, const std::string& target,
              std::vector<pugi::xml_node>& contexts);
    bool is_skipped(pugi::xml_node node) const { return skipped_ && skipped_(node); }
    static void remove_all(std::vector<pugi::xml_node>& removed);

    parts p_;
    node_filter skipped_;
    bool expands_use_ = false;
    failure why_;
};

} // namespace vn
