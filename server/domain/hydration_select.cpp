// Section 2.4: select, and the order in which functions and element forms come between.
#include "domain/hydration.hpp"
#include "domain/xml_names.hpp"

#include <algorithm>
#include <cstring>

namespace vn {

namespace {

using std::string;

// Expanded as a whole when its group is, never as a part of something.
bool is_valuation(pugi::xml_node node)
{
    return std::strcmp(node.name(), "valuation") == 0;
}

// What was inserted may have brought texts side by side.
bool join_texts(std::vector<pugi::xml_node>& parents, produced& count)
{
    std::ranges::sort(parents, {}, [](pugi::xml_node n) { return n.hash_value(); });
    const auto same = std::ranges::unique(parents);
    parents.erase(same.begin(), same.end());
    for (auto parent : parents)
        for (auto node = parent.first_child(); node; node = node.next_sibling())
        {
            if (!is_text(node) || !is_text(node.next_sibling()))
                continue;
            string all = node.value();
            while (const auto next = tail_of(node))
            {
                all += next.value();
                parent.remove_child(next);
            }
            node.set_value(all.c_str());
            if (!count.check(all.size() <= count.limits().value_bytes))
                return false;
        }
    parents.clear();
    return true;
}

} // namespace

std::vector<pugi::xml_node> hydration::selecting(pugi::xml_node top, bool with_top)
{
    std::vector<pugi::xml_node> list;
    // The listed select whose parts are passed now: selects there are resolved for their errors only, functions not.
    pugi::xml_node inner;
    pugi::xml_node behind;
    // Below an element with `use` only an expansion of it resolves anything.
    for (auto node = with_top || !has_use(top) ? top : pugi::xml_node(); node;)
    {
        if (node == behind)
            behind = inner = {};
        const bool skip = is_skipped(node);
        const bool counts = !skip && is_element(node);
        const bool listed = counts && (node != top || with_top);
        const bool is_form = listed && form_of(node) != element_form::none;
        if (listed && !is_form && node.attribute("select"))
        {
            list.push_back(node);
            if (!inner)
            {
                inner = node;
                behind = next_beside(node, top);
            }
        }
        else if (listed && !inner && (is_form || (expands_use_ && !is_valuation(node) && function_of(node))))
        {
            list.push_back(node);
        }
        node = skip || is_form || (counts && has_use(node)) ? next_beside(node, top) : next_in(node, top);
    }
    return list;
}

bool hydration::resolve_list(const std::vector<pugi::xml_node>& list, resolving& at, pugi::xml_node top,
                             placed_elements* placed)
{
    for (auto local : list)
    {
        auto* const to = local == top ? placed : nullptr;
        const auto form = form_of(local);
        const bool done = form != element_form::none  ? resolve_element(local, form, at, to)
                          : local.attribute("select") ? resolve_select(local, at, to)
                                                      : resolve_use(local, at, to);
        if (!done)
            return false;
    }
    if (!join_texts(at.joined, p_.count))
        return over();
    remove_all(at.removed);
    return true;
}

bool hydration::resolve_selects(const hydrated_item& item, unsigned level)
{
    resolving at{item.context, level};
    for (;;)
    {
        const auto list = selecting(item.element, false);
        if (list.empty())
            return true;
        if (!resolve_list(list, at, {}, nullptr))
            return false;
    }
}

bool hydration::resolve_selects_of_child(pugi::xml_node child, pugi::xml_node context,
                                         std::vector<pugi::xml_node>& replaced)
{
    replaced.assign(1, child);
    if (!is_element(child))
        return true;
    resolving at{context, 0};
    for (bool again = true; again;)
    {
        again = false;
        std::vector<pugi::xml_node> now;
        for (auto top : replaced)
        {
            if (is_settled(top))
            {
                now.push_back(top);
                continue;
            }
            const auto list = selecting(top, true);
            std::vector<pugi::xml_node> placed(1, top);
            if (!resolve_list(list, at, top, &placed))
                return false;
            now.insert(now.end(), placed.begin(), placed.end());
            again |= !list.empty();
        }
        replaced = std::move(now);
    }
    return true;
}

bool hydration::resolve_select(pugi::xml_node local, resolving& at, placed_elements* placed)
{
    const auto context = at.context;
    const string expression = local.attribute("select").value();
    if (expression.empty())
        return reject("Encountered select attribute without a value during hydration.");
    auto from = p_.live_root;
    if (expression[0] == '.')
    {
        if (!context)
            return reject("Select expression '" + expression +
                          "' requires a context node provided by a custom function.");
        from = context;
    }
    else if (expression[0] != '/')
    {
        return reject("Select expression '" + expression +
                      "' must be absolute or relative to the custom function context.");
    }

    if (!p_.count.add(select_cost, 0))
        return over();
    const auto found = p_.expressions.select_folded(expression, {&from, 1});
    if (!found)
        return fail(found.error());
    const auto& selected = *found;
    if (!selected->is_node_set)
        return reject("Select expression '" + expression + "' does not select elements.");
    pugi::xml_node remote;
    std::size_t number = 0;
    for (const auto& node : selected->nodes.front())
        if (is_element(node.node()))
        {
            remote = node.node();
            ++number;
        }
    if (number != 1)
        return reject("Select expression '" + expression + "' resolved to " + std::to_string(number) +
                      " elements; expected exactly one.");
    if (at.level >= select_levels)
        return reject("Maximum select depth (64) exceeded.");

    auto unfolded = p_.folded.copy_of(remote);
    const auto merged =
        merge_into(local.root(), local, unfolded ? unfolded->root() : remote, {"select", nullptr}, p_.count);
    unfolded.reset();
    if (!merged)
        return over();
    std::vector<hydrated_item> items;
    return hydrate(merged, context, at.level + 1, items) && place(local, items, at, placed);
}

bool hydration::place(pugi::xml_node local, const std::vector<hydrated_item>& items, resolving& at,
                      placed_elements* placed)
{
    auto parent = local.parent();
    const auto depth = depth_of(parent);
    if (placed)
        placed->clear();
    for (std::size_t i = 0; i < items.size(); ++i)
    {
        const auto tail = tail_of(items[i].element);
        auto element = parent.insert_move_before(items[i].element, local);
        // The tail of local stays where it is and belongs to the last one.
        if (tail && i + 1 < items.size())
            parent.insert_move_before(tail, local);
        else if (tail)
            tail.parent().remove_child(tail);
        element.remove_attribute("select");
        if (p_.count.has_namespaces)
            drop_repeated_declarations(element);
        if (!p_.count.check(depth + height_of(element) <= p_.count.limits().depth))
            return over();
        if (placed)
            placed->push_back(element);
    }
    at.removed.push_back(take_out(local));
    return true;
}

} // namespace vn
