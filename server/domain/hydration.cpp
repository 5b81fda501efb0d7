// hrefs and the order of steps; use, placeholders and selects are in hydration_use.cpp and hydration_select.cpp.
#include "domain/hydration.hpp"

#include "domain/xml_names.hpp"

namespace vn {

namespace {

constexpr unsigned href_rounds = 16;

} // namespace

bool hydration::fail(failure f)
{
    why_ = std::move(f);
    return false;
}

bool hydration::over()
{
    return fail({.code = "hydration-limit", .message = "Hydration produces more than a document may hold."});
}

void hydration::remove_all(std::vector<pugi::xml_node>& removed)
{
    for (auto node : removed)
        node.parent().remove_child(node);
    removed.clear();
}

bool hydration::hydrate(pugi::xml_node element, pugi::xml_node context, unsigned level,
                        std::vector<hydrated_item>& items)
{
    if (is_settled(element))
    {
        items.push_back({element, context});
        return true;
    }
    const auto first = items.size();
    if (!resolve_hrefs(element) || !expand_use(element, context, items))
        return false;
    for (auto i = first; i < items.size(); ++i)
        if (!replace_placeholders(items[i]))
            return false;
    for (auto i = first; i < items.size(); ++i)
        if (!resolve_selects(items[i], level))
            return false;
    for (auto i = first; i < items.size(); ++i)
        if (!resolve_hrefs(items[i].element))
            return false;
    return true;
}

bool hydration::is_settled(pugi::xml_node top) const
{
    if (p_.count.has_namespaces)
        return false; // element forms
    for (auto node = top; node; node = next_in(node, top))
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
        {
            const std::string_view name = a.name();
            if (name == "href" || name == "use" || name == "select" || std::string_view(a.value()).starts_with("${"))
                return false;
        }
    return true;
}

bool hydration::resolve_hrefs(pugi::xml_node top)
{
    for (unsigned round = 0;; ++round)
    {
        std::vector<pugi::xml_node> list;
        for (auto node = next_in(top, top); node;)
        {
            const bool skip = is_skipped(node);
            if (!skip && is_element(node) && node.attribute("href"))
                list.push_back(node);
            node = skip ? next_beside(node, top) : next_in(node, top);
        }
        if (list.empty())
            return true;
        if (round == href_rounds)
            return reject("Maximum href depth (16) exceeded.");
        if (!resolve_href_list(list))
            return false;
    }
}

bool hydration::resolve_hrefs_of_child(pugi::xml_node& child)
{
    // Like one round more for the child alone; an element that was merged has no href of its own any more.
    if (is_element(child) && child.attribute("href"))
    {
        std::vector<pugi::xml_node> list{child};
        for (auto node = next_in(child, child); node; node = next_in(node, child))
            if (is_element(node) && node.attribute("href"))
                list.push_back(node);
        const auto before = child.previous_sibling();
        auto parent = child.parent();
        if (!resolve_href_list(list))
            return false;
        child = before ? before.next_sibling() : parent.first_child();
    }
    return !is_element(child) || resolve_hrefs(child);
}

bool hydration::resolve_href_list(const std::vector<pugi::xml_node>& list)
{
    std::vector<pugi::xml_node> removed;
    path_finder paths;
    for (auto local : list)
        if (!resolve_href(local, paths, removed))
            return false;
    remove_all(removed);
    return true;
}

bool hydration::resolve_href(pugi::xml_node local, path_finder& paths, std::vector<pugi::xml_node>& removed)
{
    const std::string uri = local.attribute("href").value();
    if (uri.empty())
        return reject("Element <" + expanded_name(local, local.name()) +
                      "> has an empty href attribute and cannot be hydrated.");
    const auto document = p_.documents.get(uri);
    if (!document)
        return fail(document.error());
    p_.count.has_namespaces |= (*document)->has_namespaces();

    const auto path = paths.path_of(local);
    const auto remote = (*document)->partner_of(local, path);
    if (!remote)
        return reject("Remote document at '" + uri + "' does not contain a single match for XPath '" + text_of(path) +
                      "'.");
    if (!merge_before(local, remote, {"href", "href"}, p_.count))
        return over();
    removed.push_back(take_out(local));
    return true;
}

pugi::xml_node hydration::take_out(pugi::xml_node element)
{
    const auto parent = element.parent();
    const auto out = element.root().append_move(element);
    if (p_.count.has_namespaces)
        keep_scope(parent, out);
    return out;
}

} // namespace vn
