// The live document of one request: parsed once, changed by the initial pass and by each finished group.
// tests/conformance/README.md is its specification.
#pragma once

#include "core/error.hpp"
#include "domain/built_in_functions.hpp"
#include "domain/document_fetcher.hpp"
#include "domain/expensive_xpath.hpp"
#include "domain/failure_policy.hpp"
#include "domain/group_progress.hpp"
#include "domain/hydrated_group.hpp"
#include "domain/hydration_functions.hpp"
#include "domain/hydration_limits.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vn {

// Borrowed; outlives every document made with it. May be shared by documents on several threads.
struct hydration_environment
{
    const document_fetchers& documents;
    const hydration_functions& functions;
    const expensive_xpath& xpath;
    hydration_limits limits = {};
    const outside_values& outside = nothing_outside;
};

// Why a group could not be completed; task counts from 1 and is 0 where the reason is not one task's result.
struct completion_failure
{
    std::size_t task = 0;
    failure why;
};

// One thread at a time, any thread; may block in fetchers and expressions. After a failed call the document is only
// good for being destroyed, but for complete(), which changes nothing when the failure names a task.
//
// Codes of failures: those of admit_document(); no-project, hydration-failed, file-not-found, no-fetcher,
// document-unparsable, document-too-large, document-timeout, document-unavailable, xpath-invalid, xpath-too-expensive,
// xpath-unavailable, hydration-limit, function-failed, bad-failure-policy.
class valuation_document
{
public:
    // Parses a request and does the initial pass.
    static result<valuation_document, failure> read(std::string_view bytes, const hydration_environment& environment,
                                                    std::string_view charset = {});
    // For the payload of a request whose initial pass changed nothing, or what serialise() gave after it; there is no
    // second pass. Groups finished since are brought in by complete().
    static result<valuation_document, failure> restore(std::string_view bytes, const hydration_environment& environment,
                                                       std::string_view charset = {});

    valuation_document(valuation_document&&) noexcept;
    valuation_document& operator=(valuation_document&&) noexcept;
    ~valuation_document();

    // If not, the payload itself serves for restore().
    bool changed_by_initial_pass() const noexcept;
    std::string serialise() const;

    std::size_t group_count() const noexcept;
    // The attribute `name`, else "group-<g>".
    std::string group_name(std::size_t group) const;

    // What the attribute `on-failure` of namespace urn:vnserver:1 says; nothing if the group has none.
    std::optional<failure_policy> on_failure(std::size_t group) const;

    // Does not change the document.
    result<hydrated_group, failure> hydrate(std::size_t group);
    // Groups up to this one are not hydrated again: after the last one, parts that no response has are dropped.
    void end_hydration(std::size_t group);

    // Puts the group with its results into the document; results in task order, in any form that take_valuation()
    // knows. failed: the tasks, in order, whose results are missing; each becomes an element `failed-task`, so its
    // texts are UTF-8 that XML allows. judged_here: all results are what take_valuation() or accept_output() gave in
    // this process. Groups are completed in order. With the last one, parts that no response has are dropped: hydrate()
    // is not to be called any more.
    result<void, completion_failure> complete(std::size_t group, const hydrated_group& hydrated,
                                              std::span<const std::string> results,
                                              std::span<const task_failure> failed = {}, bool judged_here = false);

    // After the last group.
    result<std::string, failure> response() const;

private:
    struct state;
    explicit valuation_document(std::unique_ptr<state> s) noexcept;
    std::unique_ptr<state> state_;
};

} // namespace vn
