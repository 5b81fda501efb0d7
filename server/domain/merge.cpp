#include "domain/merge.hpp"

#include "domain/xml_names.hpp"

#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vn {

namespace {

using std::string;
using std::string_view;

// A child as the rules see it: place among the siblings that are not text, identity, key.
struct placed
{
    pugi::xml_node node;
    string identity;
    string key;
};

string identity_of(pugi::xml_node node, bool& is_named)
{
    is_named = false;
    if (node.type() == pugi::node_comment)
        return "\x02";
    if (!is_element(node))
        return "\x03";
    string identity = expanded_name(node, node.name());
    for (const char* by : {"name", "id"})
        if (const auto a = node.attribute(by))
        {
            is_named = true;
            identity += '\x01';
            identity += *by;
            identity += a.value();
            break;
        }
    return identity;
}

std::vector<placed> children_of(pugi::xml_node parent)
{
    std::vector<placed> out;
    for (auto child = parent.first_child(); child; child = child.next_sibling())
    {
        if (is_text(child))
            continue;
        bool is_named = false;
        string identity = identity_of(child, is_named);
        string key = identity;
        if (!is_named)
            key += '\x01' + std::to_string(out.size());
        out.push_back({child, std::move(identity), std::move(key)});
    }
    return out;
}

class merging
{
public:
    merging(ignored_attributes ignored, produced& count) : ignored_(ignored), count_(count) {}

    bool fill(pugi::xml_node merged, pugi::xml_node local, pugi::xml_node remote, std::size_t depth)
    {
        if (!count_.check(depth <= count_.limits().depth) || !count_.add(1, std::strlen(remote.name())))
            return false;
        merged.set_name(remote.name());
        if (count_.has_namespaces)
        {
            keep_scope(remote, merged);
            add_scope(local, merged);
        }
        return attributes(merged, local, remote) && leading(merged, local, remote) &&
               children(merged, local, remote, depth);
    }

private:
    static void add_scope(pugi::xml_node local, pugi::xml_node merged)
    {
        for (auto node = local; is_element(node); node = node.parent())
            for (auto a = node.first_attribute(); a; a = a.next_attribute())
                if (is_declaration(a.name()) && !namespace_of(merged, string_view(a.name()).substr(6)))
                    merged.append_attribute(a.name()).set_value(a.value());
    }

    bool attributes(pugi::xml_node merged, pugi::xml_node local, pugi::xml_node remote)
    {
        std::size_t number = 0;
        for (auto a = remote.first_attribute(); a; a = a.next_attribute())
        {
            if (is_declaration(a.name()) || (ignored_.remote && std::strcmp(a.name(), ignored_.remote) == 0))
                continue;
            merged.append_attribute(a.name()).set_value(a.value());
            if (!count_.add(0, std::strlen(a.name()) + std::strlen(a.value())))
                return false;
            ++number;
        }
        for (auto a = local.first_attribute(); a; a = a.next_attribute())
        {
            if (is_declaration(a.name()) || (ignored_.local && std::strcmp(a.name(), ignored_.local) == 0))
                continue;
            auto there = partner(merged, local, a);
            if (!there)
            {
                there = merged.append_attribute(name_in(merged, local, a.name()).c_str());
                ++number;
            }
            there.set_value(a.value());
            if (!count_.add(0, std::strlen(a.name()) + std::strlen(a.value())))
                return false;
        }
        return count_.check(number <= count_.limits().attributes);
    }

    static pugi::xml_attribute partner(pugi::xml_node merged, pugi::xml_node local, pugi::xml_attribute of)
    {
        if (is_plain_name(of.name()))
            return merged.attribute(of.name());
        const auto name = expanded_name(local, of.name());
        for (auto a = merged.first_attribute(); a; a = a.next_attribute())
            if (!is_declaration(a.name()) && !is_plain_name(a.name()) && expanded_name(merged, a.name()) == name)
                return a;
        return {};
    }

    // The same prefix may mean something else on the remote side.
    static string name_in(pugi::xml_node merged, pugi::xml_node local, string_view name)
    {
        if (is_plain_name(name))
            return string(name);
        const char* wanted = namespace_of(local, prefix_of(name));
        const char* there = namespace_of(merged, prefix_of(name));
        if (!wanted || (there && string_view(wanted) == there))
            return string(name);
        string prefix;
        for (unsigned n = 1; prefix.empty() || namespace_of(merged, prefix); ++n)
            prefix = string(prefix_of(name)) + std::to_string(n);
        merged.append_attribute(("xmlns:" + prefix).c_str()).set_value(wanted);
        return prefix + ':' + string(local_of(name));
    }

    bool leading(pugi::xml_node merged, pugi::xml_node local, pugi::xml_node remote)
    {
        const auto ours = leading_text(local);
        const auto theirs = leading_text(remote);
        const bool take_theirs = (theirs && local.attribute("select")) || !ours || is_blank(ours.value());
        const auto text = take_theirs ? theirs : ours;
        if (!text)
            return true;
        set_leading_text(merged, text.value());
        return count_.add(0, std::strlen(text.value()));
    }

    bool children(pugi::xml_node merged, pugi::xml_node local, pugi::xml_node remote, std::size_t depth)
    {
        const auto ours = children_of(local);
        if (ours.empty())
        {
            for (auto child = remote.first_child(); child; child = child.next_sibling())
                if (!is_text(child) && !copy_into(merged, child, count_))
                    return false;
            return true;
        }

        const auto theirs = children_of(remote);
        std::unordered_map<string_view, std::size_t> last_with_key;
        std::unordered_map<string_view, std::vector<std::size_t>> with_identity;
        for (std::size_t i = 0; i < theirs.size(); ++i)
        {
            last_with_key[theirs[i].key] = i;
            with_identity[theirs[i].identity].push_back(i);
        }
        std::unordered_set<string_view> used_keys;
        std::unordered_set<string_view> used_identities;
        // Keys only become used, so the search for an unused one never has to go back.
        std::unordered_map<string_view, std::size_t> searched;

        const auto partner_of = [&](const placed& child) -> const placed* {
            if (!is_element(child.node))
                return nullptr;
            if (const auto same = last_with_key.find(child.key); same != last_with_key.end())
                return &theirs[same->second];
            const auto candidates = with_identity.find(child.identity);
            if (candidates == with_identity.end())
                return nullptr;
            auto& next = searched[child.identity];
            while (next < candidates->second.size() && used_keys.contains(theirs[candidates->second[next]].key))
                ++next;
            return next < candidates->second.size() ? &theirs[candidates->second[next]] : nullptr;
        };

        std::unordered_set<string_view> our_identities;
        for (const auto& child : ours)
        {
            our_identities.insert(child.identity);
            const auto* with = partner_of(child);
            if (!with)
            {
                if (!copy_into(merged, child.node, count_))
                    return false;
                continue;
            }
            used_keys.insert(with->key);
            used_identities.insert(with->identity);
            const auto below = merged.append_child(pugi::node_element);
            if (!fill(below, child.node, with->node, depth + 1))
                return false;
            if (const auto tail = tail_of(child.node))
                set_tail(below, tail.value());
        }
        for (const auto& child : theirs)
        {
            if (used_keys.contains(child.key) ||
                (our_identities.contains(child.identity) && used_identities.contains(child.identity)))
                continue;
            if (!copy_into(merged, child.node, count_))
                return false;
        }
        return true;
    }

    ignored_attributes ignored_;
    produced& count_;
};

} // namespace

pugi::xml_node copy_into(pugi::xml_node parent, pugi::xml_node source, produced& count)
{
    std::size_t elements = 0;
    std::size_t bytes = 0;
    std::size_t level = 1;
    std::size_t height = 1;
    for (auto node = source; node;)
    {
        bytes += std::strlen(node.name()) + std::strlen(node.value());
        if (is_element(node))
        {
            ++elements;
            height = std::max(height, level);
        }
        for (auto a = node.first_attribute(); a; a = a.next_attribute())
            bytes += std::strlen(a.name()) + std::strlen(a.value());
        if (const auto child = node.first_child())
        {
            node = child;
            ++level;
            continue;
        }
        while (node != source && !node.next_sibling())
        {
            node = node.parent();
            --level;
        }
        node = node == source ? pugi::xml_node() : node.next_sibling();
    }
    if (!count.check(depth_of(parent) + height <= count.limits().depth) || !count.add(elements, bytes))
        return {};

    auto copy = parent.append_copy(source);
    if (count.has_namespaces && is_element(copy))
        keep_scope(source.parent(), copy);
    if (const auto tail = tail_of(source))
        parent.append_child(pugi::node_pcdata).set_value(tail.value());
    return copy;
}

pugi::xml_node merge_before(pugi::xml_node local, pugi::xml_node remote, ignored_attributes ignored, produced& count)
{
    auto merged = local.parent().insert_child_before(pugi::node_element, local);
    return merging(ignored, count).fill(merged, local, remote, depth_of(merged)) ? merged : pugi::xml_node();
}

pugi::xml_node merge_into(pugi::xml_node parent, pugi::xml_node local, pugi::xml_node remote,
                          ignored_attributes ignored, produced& count)
{
    auto merged = parent.append_child(pugi::node_element);
    if (!merging(ignored, count).fill(merged, local, remote, depth_of(merged)))
        return {};
    if (const auto tail = tail_of(local))
        set_tail(merged, tail.value());
    return merged;
}

} // namespace vn
