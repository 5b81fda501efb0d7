// What a valuation document holds, and the words for its parts. Internal to domain.
#pragma once

#include "domain/document_size.hpp"
#include "domain/fetched_documents.hpp"
#include "domain/folded_elements.hpp"
#include "domain/live_expressions.hpp"
#include "domain/produced.hpp"
#include "domain/valuation_document.hpp"
#include "domain/xml_tree.hpp"

#include <optional>
#include <unordered_set>

namespace vn {

struct live_document
{
    live_document(xml_tree t, folded_elements f, const hydration_environment& e)
        : environment(e), tree(std::move(t)), folded(std::move(f)), documents(e.documents, e.limits.document)
    {
        watch();
    }
    live_document(const live_document&) = delete;

    pugi::xml_node root() const noexcept { return tree.root(); }
    pugi::xml_node project() const noexcept;
    pugi::xml_node group(std::size_t index) const noexcept;
    std::size_t group_count() const noexcept;

    // Expressions see the tree as it is now.
    void watch() { expressions.emplace(*tree.document, environment.xpath, environment.limits, &folded); }

    // Set if the document is over what a document may hold.
    std::optional<failure> over_limits();

    const hydration_environment environment;
    xml_tree tree;
    folded_elements folded; // of the tree
    fetched_documents documents;
    std::optional<live_expressions> expressions;
    std::optional<document_size> size; // as replace_part() keeps it; nothing: to be looked at again
    bool is_changed = false;
    std::unordered_set<std::size_t> failed_tasks; // hashes of the elements complete() made: they stay in the response
};

// market, model, calculator, portfolio: for tasks and response these are left out of every project.
bool is_library(pugi::xml_node node) noexcept;
bool is_named(pugi::xml_node node, const char* name) noexcept;

// Limits for texts that this program wrote itself: what a merge or a scope added does not count again.
document_limits own_text_limits(const document_limits& limits) noexcept;

// Whether the initial pass resolves something on the element itself, apart from an href.
bool has_work(pugi::xml_node element);
// Section 3.
std::optional<failure> initial_pass(live_document& live);

} // namespace vn
