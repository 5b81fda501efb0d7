// XPath expressions on the live document of a request: checked, bounded, and evaluated in place or apart (R22).
// Most tasks of a group have the same ones: each is read and estimated once while the document stays as it is, and
// evaluated once for a context.
#pragma once

#include "core/error.hpp"
#include "domain/expensive_xpath.hpp"
#include "domain/folded_elements.hpp"
#include "domain/hydration_limits.hpp"
#include "domain/xpath_cost.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

namespace vn {

class live_expressions
{
public:
    // Its nodes are those of the document, so it is good until the document changes.
    using selection = std::shared_ptr<const xpath_selection>;

    // folded: of the document, if anything is.
    live_expressions(const pugi::xml_document& document, const expensive_xpath& apart, const hydration_limits& limits,
                     folded_elements* folded = nullptr)
        : document_(document), apart_(apart), limits_(limits), folded_(folded)
    {}

    // Nothing that is selected, or beside it, is folded then. Codes: xpath-invalid, xpath-too-expensive,
    // xpath-unavailable.
    result<selection, failure> select(const std::string& expression, std::span<const pugi::xml_node> contexts);
    // The same, but what is selected may be folded: not for those who look at more than names and attributes.
    result<selection, failure> select_folded(const std::string& expression, std::span<const pugi::xml_node> contexts);
    // The same on another document, which does not change and outlives this.
    result<selection, failure> select_in(const pugi::xml_document& document, const std::string& expression,
                                         std::span<const pugi::xml_node> contexts);

    // After every change of the document, before anything is selected again.
    void document_changed() noexcept;
    // The same where it is known how large it is now.
    void document_changed(const document_size& now);

private:
    struct prepared
    {
        std::string written; // as it is evaluated
        bool is_absolute = false;
        double steps = 0; // with one context
        std::optional<pugi::xpath_query> query = {};
        // What it selected last, and from where; for an absolute path it does not matter from where.
        selection answer = {};
        pugi::xml_node context = {};
        std::size_t answer_bytes = 0;
    };
    struct watched
    {
        document_shape shape;
        std::unordered_map<std::string, prepared> expressions = {};
    };

    document_shape shape_now(const pugi::xml_document& document) const;
    result<prepared*, failure> prepare(watched& on, const std::string& expression);
    result<xpath_selection, failure> evaluate(const pugi::xml_document& document, const watched& on,
                                              const std::string& expression, prepared& p,
                                              std::span<const pugi::xml_node> contexts);
    void remember(prepared& p, pugi::xml_node context, const selection& answer);
    void forget_all() noexcept;
    bool charge(double steps) noexcept { return (steps_ += steps) <= limits_.steps_in_all; }

    const pugi::xml_document& document_;
    const expensive_xpath& apart_;
    const hydration_limits& limits_;
    folded_elements* folded_;
    std::map<const pugi::xml_document*, watched> documents_;
    std::size_t known_bytes_ = 0;
    double steps_ = 0;
    std::chrono::milliseconds time_apart_{0};
};

} // namespace vn
