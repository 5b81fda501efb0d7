// Sections 2.3 and 2.4: attribute placeholders and select.
#include "domain/hydration.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

#include <cstring>

namespace vn {

namespace {

using std::string;
using std::string_view;

constexpr unsigned select_levels = 64;
constexpr std::size_t select_cost = 8;
constexpr string_view placeholder_start = "${select(";
constexpr string_view placeholder_end = ")}";

bool has_use(pugi::xml_node node)
{
    return *node.attribute("use").value() != '\0';
}

} // namespace

bool hydration::replace_placeholders(const hydrated_item& item)
{
    for (auto node = item.element; node;)
    {
        if (is_skipped(node))
        {
            node = next_beside(node, item.element);
            continue;
        }
        if (is_element(node))
            for (auto a = node.first_attribute(); a; a = a.next_attribute())
                if (!is_declaration(a.name()) && !placeholder(node, a, item))
                    return false;
        node = next_in(node, item.element);
    }
    return true;
}

bool hydration::placeholder(pugi::xml_node element, pugi::xml_attribute attribute, const hydrated_item& item)
{
    const string_view value = attribute.value();
    if (!value.starts_with(placeholder_start) || !value.ends_with(placeholder_end) ||
        value.size() < placeholder_start.size() + placeholder_end.size())
        return true;
    const string expression(trimmed(
        value.substr(placeholder_start.size(), value.size() - placeholder_start.size() - placeholder_end.size())));
    if (expression.empty())
        return reject("Attribute select placeholder must include a non-empty XPath expression.");

    auto context = p_.live_root;
    if (expression[0] == '.')
    {
        context = item.context;
        if (!context)
        {
            for (auto node = element; is_element(node); node = node.parent())
                if (has_use(node))
                    return true;
            return reject("XPath '" + expression + "' requires a context node provided by a custom function.");
        }
    }
    else if (expression[0] != '/')
    {
        return reject("Attribute select XPath '" + expression + "' must be absolute or relative.");
    }

    string replacement;
    if (!placeholder_value(expression, context, replacement))
        return false;
    attribute.set_value(replacement.c_str());
    return true;
}

bool hydration::placeholder_value(const string& expression, pugi::xml_node context, string& value)
{
    auto selected = p_.expressions.select(expression, {&context, 1});
    if (!selected)
        return fail(selected.error());
    if (!selected->is_node_set)
        return reject("Attribute select XPath '" + expression + "' does not select nodes.");
    const auto& nodes = selected->nodes.front();
    if (nodes.empty())
        return reject("Attribute select XPath '" + expression + "' did not resolve to any values.");
    if (nodes.size() > 1)
        return reject("Attribute select XPath '" + expression + "' resolved to " + std::to_string(nodes.size()) +
                      " values; expected exactly one.");

    const auto& node = nodes.front();
    if (node.attribute())
    {
        value = node.attribute().value();
    }
    else if (is_element(node.node()))
    {
        value = markup_of(node.node());
        // A tail is text like what is inside of the element.
        if (const auto tail = tail_of(node.node()))
            escape_text(value, tail.value());
    }
    else
    {
        value = node.node().value();
    }
    if (!p_.count.add(0, value.size()) || !p_.count.check(value.size() <= p_.count.limits().value_bytes))
        return over();
    return true;
}

std::vector<pugi::xml_node> hydration::selecting(pugi::xml_node top, bool with_top)
{
    std::vector<pugi::xml_node> list;
    // Below an element with `use` only an expansion of it resolves anything.
    for (auto node = with_top || !has_use(top) ? top : pugi::xml_node(); node;)
    {
        const bool skip = is_skipped(node);
        const bool counts = !skip && is_element(node);
        if (counts && (node != top || with_top) && node.attribute("select"))
            list.push_back(node);
        node = skip || (counts && has_use(node)) ? next_beside(node, top) : next_in(node, top);
    }
    return list;
}

bool hydration::resolve_selects(const hydrated_item& item, unsigned level)
{
    std::vector<pugi::xml_node> removed;
    for (;;)
    {
        const auto list = selecting(item.element, false);
        if (list.empty())
            return true;
        for (auto local : list)
            if (!resolve_select(local, item.context, level, removed, nullptr))
                return false;
        remove_all(removed);
    }
}

bool hydration::resolve_selects_of_child(pugi::xml_node child, pugi::xml_node context,
                                         std::vector<pugi::xml_node>& replaced)
{
    replaced.assign(1, child);
    if (!is_element(child))
        return true;
    std::vector<pugi::xml_node> removed;
    for (bool again = true; again;)
    {
        again = false;
        std::vector<pugi::xml_node> now;
        for (auto top : replaced)
        {
            const auto list = selecting(top, true);
            std::vector<pugi::xml_node> placed(1, top);
            for (auto local : list)
                if (!resolve_select(local, context, 0, removed, local == top ? &placed : nullptr))
                    return false;
            now.insert(now.end(), placed.begin(), placed.end());
            again |= !list.empty();
        }
        replaced = std::move(now);
        remove_all(removed);
    }
    return true;
}

bool hydration::resolve_select(pugi::xml_node local, pugi::xml_node context, unsigned level,
                               std::vector<pugi::xml_node>& removed, std::vector<pugi::xml_node>* placed)
{
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

    // A select costs more than the elements it brings.
    if (!p_.count.add(select_cost, 0))
        return over();
    auto selected = p_.expressions.select(expression, {&from, 1});
    if (!selected)
        return fail(selected.error());
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
    if (level >= select_levels)
        return reject("Maximum select depth (64) exceeded.");

    const auto merged = merge_into(local.root(), local, remote, {"select", nullptr}, p_.count);
    if (!merged)
        return over();
    std::vector<hydrated_item> items;
    if (!hydrate(merged, context, level + 1, items))
        return false;

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
    removed.push_back(local.root().append_move(local));
    return true;
}

} // namespace vn
