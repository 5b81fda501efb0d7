#include "domain/valuation_document.hpp"

#include "domain/failed_tasks.hpp"
#include "domain/group_hydration.hpp"
#include "domain/live_document.hpp"
#include "domain/response.hpp"
#include "domain/result_document.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

namespace vn {

struct valuation_document::state
{
    state(xml_tree tree, folded_elements folded, const hydration_environment& environment)
        : live(std::move(tree), std::move(folded), environment)
    {}

    live_document live;
    std::size_t group_count = 0;
};

valuation_document::valuation_document(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
valuation_document::valuation_document(valuation_document&&) noexcept = default;
valuation_document& valuation_document::operator=(valuation_document&&) noexcept = default;
valuation_document::~valuation_document() = default;

result<valuation_document, failure>
valuation_document::read(std::string_view bytes, const hydration_environment& environment, std::string_view charset)
{
    folded_elements folded;
    auto tree = read_folded_tree(bytes, charset, environment.limits.document, environment.limits.folded_bytes, folded);
    if (!tree)
        return tree.error();
    auto s = std::make_unique<state>(std::move(*tree), std::move(folded), environment);
    if (auto refused = initial_pass(s->live))
        return std::move(*refused);
    s->group_count = s->live.group_count();
    if (s->group_count > environment.limits.groups)
        return failure{.code = "hydration-limit",
                       .message =
                           "The request has more than " + std::to_string(environment.limits.groups) + " groups."};
    for (auto node = s->live.project().first_child(); node; node = node.next_sibling())
        if (is_named(node, "group"))
            if (const auto word = failure_attribute(node); word && !failure_policy_of(*word))
                return failure{.code = "bad-failure-policy",
                               .message = "on-failure of a group has to be finish, fail-fast or continue, not '" +
                                          std::string(word->substr(0, 64)) + "'."};
    return valuation_document(std::move(s));
}

result<valuation_document, failure>
valuation_document::restore(std::string_view bytes, const hydration_environment& environment, std::string_view charset)
{
    folded_elements folded;
    auto tree = read_folded_tree(bytes, charset, own_text_limits(environment.limits.document),
                                 environment.limits.folded_bytes, folded);
    if (!tree)
        return tree.error();
    auto s = std::make_unique<state>(std::move(*tree), std::move(folded), environment);
    if (!s->live.project())
        return failure{.code = "no-project", .message = "The request has no project."};
    s->group_count = s->live.group_count();
    return valuation_document(std::move(s));
}

bool valuation_document::changed_by_initial_pass() const noexcept
{
    return state_->live.is_changed;
}
std::string valuation_document::serialise() const
{
    state_->live.folded.unfold_all();
    return text_of(*state_->live.tree.document);
}
std::size_t valuation_document::group_count() const noexcept
{
    return state_->group_count;
}

std::string valuation_document::group_name(std::size_t group) const
{
    const std::string name = state_->live.group(group).attribute("name").value();
    return name.empty() ? "group-" + std::to_string(group) : name;
}

std::optional<failure_policy> valuation_document::on_failure(std::size_t group) const
{
    const auto word = failure_attribute(state_->live.group(group));
    return word ? failure_policy_of(*word) : std::nullopt;
}

result<hydrated_group, failure> valuation_document::hydrate(std::size_t group)
{
    auto hydrated = group_hydration(state_->live, state_->live.group(group)).run();
    state_->live.folded.end_copying();
    return hydrated;
}

namespace {

// The document, the root, the project.
constexpr std::size_t levels_above_group = 3;

void drop_libraries(live_document& live)
{
    live.folded.clear(); // nothing else is folded before the last group is complete
    auto project = live.project();
    for (auto node = project.first_child(); node;)
    {
        const bool leaves = is_library(node);
        auto next = node.next_sibling();
        if (leaves && is_text(next))
            next = next.next_sibling();
        if (leaves)
            remove_with_tail(node);
        node = next;
    }
    live.size.reset();
    live.expressions->document_changed();
}

} // namespace

void valuation_document::end_hydration(std::size_t group)
{
    if (group + 1 == state_->group_count)
        drop_libraries(state_->live);
}

result<void, completion_failure> valuation_document::complete(std::size_t group, const hydrated_group& hydrated,
                                                              std::span<const std::string> results,
                                                              std::span<const task_failure> failed, bool judged_here)
{
    auto& live = state_->live;
    const auto& limits = live.environment.limits.document;
    auto shell = read_tree(hydrated.shell_, {}, own_text_limits(limits));
    if (!shell)
        return completion_failure{0, shell.error()};

    // Nothing is evaluated any more after the last group, and the response has no place for libraries.
    end_hydration(group);
    const bool is_last = group + 1 == state_->group_count;
    const auto old = live.group(group);
    auto project = old.parent();
    // Beside the old one until nothing can fail any more.
    auto now = project.insert_copy_before(shell->root(), old);
    const auto undone = [&](std::size_t task, failure why) -> completion_failure {
        project.remove_child(now);
        if (is_last)
            live.folded.clear(); // results, no libraries any more
        live.expressions->document_changed();
        return {task, std::move(why)};
    };
    bool has_namespaces = live.tree.has_namespaces || shell->has_namespaces;
    if (has_namespaces)
        drop_repeated_declarations(now);
    std::size_t next_failed = 0;
    for (std::size_t i = 0; i < results.size(); ++i)
    {
        if (next_failed < failed.size() && failed[next_failed].task == i + 1)
        {
            ++next_failed;
            continue;
        }
        auto document = judged_here ? reread_result(results[i], own_text_limits(limits))
                                    : read_result(results[i], own_text_limits(limits));
        if (!document)
            return undone(i + 1, document.error());
        has_namespaces |= document->tree.has_namespaces;
        produced count(limits, has_namespaces);
        const auto copy = copy_into(now, document->valuation, count);
        if (!copy)
            return undone(i + 1,
                          {.code = "output-too-large", .message = "The result is larger than a document may be."});
        if (has_namespaces)
            drop_repeated_declarations(copy);
        else if (is_last && results[i].size() >= live.environment.limits.folded_bytes)
            live.folded.fold(copy, number_in_response(copy));
    }
    for (const auto& f : failed)
    {
        const auto node = append_failed_task(now, f, hydrated.valuation_name(f.task));
        live.failed_tasks.insert(node.hash_value());
        drop_repeated_declarations(node);
        has_namespaces = true;
    }
    if (live.size)
        replace_part(*live.size, size_of(old), size_of(now), levels_above_group);
    project.remove_child(old);
    live.tree.has_namespaces = has_namespaces;
    // The request cannot go on then: nothing is undone.
    auto over = live.over_limits();
    live.expressions->document_changed(*live.size);
    if (over)
        return completion_failure{0, std::move(*over)};
    return {};
}

result<std::string, failure> valuation_document::response() const
{
    auto out = response_of(state_->live);
    if (out.size() > state_->live.environment.limits.document.document_bytes)
        return failure{.code = "hydration-limit", .message = "The response is larger than a document may be."};
    return out;
}

} // namespace vn
