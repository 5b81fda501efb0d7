// Section 3 of the specification.
#include "domain/hydration.hpp"
#include "domain/live_document.hpp"
#include "domain/xml_names.hpp"

#include <string_view>

namespace vn {

namespace {

// In the copy a group is an empty element with this attribute, which no document can have, and the group's number.
constexpr const char* stand_in = " group";

bool is_stand_in(pugi::xml_node node)
{
    return static_cast<bool>(node.attribute(stand_in));
}

bool is_group(pugi::xml_node node, pugi::xml_node project)
{
    return node.parent() == project && is_named(node, "group");
}

bool has_work_outside_groups(const live_document& live)
{
    const auto top = live.root();
    const auto project = live.project();
    for (auto node = top; node;)
    {
        const bool skip = is_group(node, project);
        if (!skip && is_element(node) && has_work(node))
            return true;
        node = skip ? next_beside(node, top) : next_in(node, top);
    }
    return false;
}

void copy_attributes(pugi::xml_node from, pugi::xml_node to)
{
    for (auto a = from.first_attribute(); a; a = a.next_attribute())
        to.append_attribute(a.name()).set_value(a.value());
}

// The document without what is in the groups.
void copy_outside(const live_document& live, pugi::xml_document& to)
{
    const auto project = live.project();
    for (auto node = live.tree.document->first_child(); node; node = node.next_sibling())
    {
        if (node != live.root())
        {
            to.append_copy(node);
            continue;
        }
        auto root = to.append_child(node.name());
        copy_attributes(node, root);
        for (auto child = node.first_child(); child; child = child.next_sibling())
        {
            if (child != project)
            {
                root.append_copy(child);
                continue;
            }
            auto copy = root.append_child(child.name());
            copy_attributes(child, copy);
            unsigned number = 0;
            for (auto part = child.first_child(); part; part = part.next_sibling())
                if (is_group(part, project))
                    copy.append_child("group").append_attribute(stand_in).set_value(number++);
                else
                    copy.append_copy(part);
        }
    }
}

void put_groups_back(const live_document& live, pugi::xml_document& to)
{
    std::vector<pugi::xml_node> places;
    const auto top = to.document_element();
    for (auto node = top; node; node = next_in(node, top))
        if (is_stand_in(node))
            places.push_back(node);
    std::vector<pugi::xml_node> groups;
    for (auto node = live.project().first_child(); node; node = node.next_sibling())
        if (is_group(node, live.project()))
            groups.push_back(node);
    for (auto place : places)
    {
        auto parent = place.parent();
        const auto group = groups.at(place.attribute(stand_in).as_uint());
        auto copy = parent.insert_copy_before(group, place);
        keep_scope(group.parent(), copy);
        drop_repeated_declarations(copy);
        parent.remove_child(place);
    }
}

} // namespace

bool has_work(pugi::xml_node element)
{
    if (element_form_of(element) != element_form::none)
        return true;
    for (auto a = element.first_attribute(); a; a = a.next_attribute())
        if (std::string_view(a.name()) == "select" || std::string_view(a.value()).starts_with("${select("))
            return true;
    return false;
}

std::optional<failure> initial_pass(live_document& live)
{
    if (!live.project())
        return failure{.code = "no-project", .message = "The request has no project."};
    const auto& e = live.environment;
    produced count(e.limits.document, live.tree.has_namespaces);
    function_calls calls(e.functions, e.outside, e.limits);
    const auto parts = [&] {
        return hydration::parts{live.documents, calls, *live.expressions, live.folded, count, live.root()};
    };

    const auto top = live.root();
    for (auto node = next_in(top, top); node && !live.is_changed; node = next_in(node, top))
        live.is_changed = is_element(node) && node.attribute("href");
    // Nothing of all this is in what is folded, but where there is something the whole tree is walked and copied.
    if (live.is_changed)
    {
        live.folded.unfold_all();
        hydration everywhere(parts());
        if (!everywhere.resolve_hrefs(top))
            return everywhere.why();
        live.expressions->document_changed();
    }

    if (has_work_outside_groups(live))
    {
        live.is_changed = true;
        live.folded.unfold_all();
        count.start_piece();
        xml_tree result;
        copy_outside(live, *result.document);
        hydration outside(parts(), is_stand_in);
        const hydrated_item item{result.root(), {}};
        if (!outside.replace_placeholders(item) || !outside.resolve_selects(item, 0) ||
            !outside.resolve_hrefs(item.element))
            return outside.why();
        put_groups_back(live, *result.document);
        live.tree = std::move(result);
        live.watch();
    }
    live.tree.has_namespaces = count.has_namespaces;
    if (!live.project())
        return failure{.code = "no-project", .message = "The request has no project."};
    return live.is_changed ? live.over_limits() : std::nullopt;
}

} // namespace vn
