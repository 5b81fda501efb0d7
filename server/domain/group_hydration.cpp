#include "domain/group_hydration.hpp"

#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

#include <vector>

namespace vn {

namespace {

constexpr std::size_t depth_of_group = 3;

std::size_t elements_in(pugi::xml_node top)
{
    std::size_t count = 0;
    for (auto node = top; node; node = next_in(node, top))
        count += is_element(node) ? 1 : 0;
    return count;
}

bool is_left_out(pugi::xml_node node)
{
    return is_library(node) || is_named(node, "group");
}

// Of a task document without its task.
std::size_t surrounding_elements(pugi::xml_node root, pugi::xml_node group)
{
    std::size_t count = 2;
    for (auto node = root.first_child(); node; node = node.next_sibling())
    {
        if (!is_named(node, "project"))
            count += elements_in(node);
        for (auto part = node.first_child(); is_named(node, "project") && part; part = part.next_sibling())
            count += is_left_out(part) ? 0 : elements_in(part);
    }
    for (auto node = group.first_child(); node; node = node.next_sibling())
        count += is_named(node, "valuation") ? 0 : elements_in(node);
    return count;
}

} // namespace

group_hydration::group_hydration(live_document& live, pugi::xml_node group)
    : live_(live), source_(group), count_(live.environment.limits.document, live.tree.has_namespaces),
      calls_(live.environment.functions, live.environment.outside, live.environment.limits),
      hydration_({live.documents, calls_, *live.expressions, live.folded, count_, live.root()})
{}

result<hydrated_group, failure> group_hydration::run()
{
    if (!group_itself())
        return why_;

    std::vector<pugi::xml_node> children;
    for (auto node = group_.first_child(); node; node = node.next_sibling())
        if (is_element(node))
            children.push_back(node);
    for (auto node : children)
        if (!child(node, context_) &&
            (failed_at_ == stage::select || count_.is_over() || why_.code != "hydration-failed"))
            return why_;
    if (failed_at_ != stage::none)
        return why_;

    for (auto node = group_.first_child(); node;)
    {
        const auto next = node.next_sibling();
        if (is_named(node, "valuation"))
            group_.remove_child(node);
        node = next;
    }
    write_surroundings();
    return std::move(out_);
}

bool group_hydration::failed(stage at)
{
    failed_at_ = at;
    why_ = hydration_.why();
    return false;
}

bool group_hydration::over(const char* what)
{
    count_.check(false);
    why_ = failure{.code = "hydration-limit", .message = what};
    return false;
}

bool group_hydration::group_itself()
{
    group_ = copy_into(bench_, source_, count_);
    if (!group_)
        return over("The group is larger than a document may be.");
    std::vector<hydrated_item> items;
    if (!hydration_.resolve_hrefs(group_) || !hydration_.expand_use(group_, {}, items))
        return failed(stage::select);
    group_ = items.front().element;
    context_ = items.front().context;
    return hydration_.replace_placeholders(items.front()) || failed(stage::select);
}

bool group_hydration::child(pugi::xml_node node, pugi::xml_node context)
{
    count_.start_piece();
    std::vector<pugi::xml_node> replaced;
    if (!hydration_.resolve_selects_of_child(node, context, replaced))
        return failed(stage::select);
    if (failed_at_ == stage::href)
        return true;
    for (auto& part : replaced)
        if (!hydration_.resolve_hrefs_of_child(part))
            return failed(stage::href);
    if (failed_at_ != stage::none)
        return true;
    for (auto part : replaced)
        if (is_named(part, "valuation") && !valuation(part))
            return false;
    return true;
}

bool group_hydration::valuation(pugi::xml_node node)
{
    // Leaves an empty element in its place: siblings are numbered in paths.
    group_.insert_child_before(pugi::node_element, node).set_name("valuation");
    const auto tail = tail_of(node);
    const auto element = bench_.append_move(node);
    if (tail)
        bench_.append_move(tail);
    if (count_.has_namespaces)
        keep_scope(group_, element);

    std::vector<hydrated_item> items;
    if (!hydration_.hydrate(element, {}, 0, items))
        return failed(stage::valuation);
    for (const auto& item : items)
        if (!add_task(item.element))
            return false;
    return true;
}

bool group_hydration::add_task(pugi::xml_node element)
{
    const auto& limits = live_.environment.limits;
    if (out_.tasks_.size() >= limits.tasks)
        return over("The group has more tasks than a group may have.");
    if (outside_elements_ == 0)
        outside_elements_ = surrounding_elements(live_.root(), group_);
    if (depth_of_group + height_of(element) > limits.document.depth ||
        outside_elements_ + elements_in(element) > limits.document.elements)
        return over("A task document is larger than a document may be.");

    // Below the group, what it declares need not be repeated.
    const auto tail = tail_of(element);
    auto placed = group_.append_move(element);
    if (tail)
        group_.append_move(tail);
    if (count_.has_namespaces)
        drop_repeated_declarations(placed);
    auto number = placed.append_child("vndb");
    number.append_attribute("externalId").set_value(static_cast<unsigned long long>(out_.tasks_.size() + 1));

    auto& task = out_.tasks_.emplace_back();
    task.name = placed.attribute("name").value();
    xml_writer(task.element).write_with_tail(placed);
    if (task.element.size() >= live_.environment.limits.folded_bytes)
        task.element.shrink_to_fit(); // it grew by doubling
    task_bytes_ += task.element.size();
    remove_with_tail(placed);
    if (task.element.size() > limits.document.document_bytes || task_bytes_ > limits.group_bytes)
        return over("The tasks of the group are larger together than a group may be.");
    return true;
}

void group_hydration::write_surroundings()
{
    xml_writer(out_.shell_).write(group_);
    // Only what names in the group need is left on it: the default namespace is looked up through it.
    const auto project = live_.project();
    for (auto a = group_.first_attribute(); a;)
    {
        const auto next = a.next_attribute();
        const std::string_view name = a.name();
        const char* outside = is_declaration(name) ? namespace_of(project, name.substr(6)) : nullptr;
        if (outside && name.size() > 6 && std::string_view(outside) == a.value())
            group_.remove_attribute(a);
        a = next;
    }

    std::string text;
    xml_writer writer(text);
    const auto write_all = [&](pugi::xml_node parent, auto without) {
        for (auto node = parent.first_child(); node; node = node.next_sibling())
        {
            if (!without(node))
                writer.write(node);
            else if (tail_of(node))
                node = tail_of(node);
        }
    };
    writer.start(live_.root());
    for (auto node = live_.root().first_child(); node; node = node.next_sibling())
    {
        if (!is_named(node, "project"))
        {
            writer.write(node);
            continue;
        }
        writer.start(node);
        write_all(node, is_left_out);
        if (node == project)
        {
            writer.start(group_);
            write_all(group_, [](pugi::xml_node) { return false; });
            out_.before_ = std::move(text);
            text.clear();
            writer.end(group_);
            if (const auto tail = tail_of(source_))
                writer.write(tail);
        }
        writer.end(node);
    }
    writer.end(live_.root());
    out_.after_ = std::move(text);
}

} // namespace vn
