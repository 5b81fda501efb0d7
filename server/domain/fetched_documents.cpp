#include "domain/fetched_documents.hpp"

#include "domain/xml_names.hpp"

namespace vn {

namespace {

std::string attribute_key(const std::string& name, const char* attribute, const char* value)
{
    return name + '\x01' + attribute + '\x01' + value;
}

} // namespace

void fetched_document::index_names() const
{
    if (!by_name_.empty())
        return;
    const auto remember = [&](std::string key, pugi::xml_node node) {
        const auto [at, is_new] = by_name_.try_emplace(std::move(key), found{node});
        if (!is_new)
            at->second.single = false;
    };
    const auto root = tree_.root();
    for (auto node = root; node; node = next_in(node, root))
    {
        if (!is_element(node))
            continue;
        const auto name = expanded_name(node, node.name());
        for (const char* by : {"name", "id"})
            if (const auto a = node.attribute(by))
                remember(attribute_key(name, by, a.value()), node);
        remember(name, node);
    }
}

const fetched_document::nodes& fetched_document::children_named(pugi::xml_node parent, const std::string& name) const
{
    static const nodes none;
    const auto [at, is_new] = children_.try_emplace(parent.hash_value());
    if (is_new)
        for (auto child = parent.first_child(); child; child = child.next_sibling())
            if (is_element(child))
                at->second[expanded_name(child, child.name())].push_back(child);
    const auto named = at->second.find(name);
    return named == at->second.end() ? none : named->second;
}

pugi::xml_node fetched_document::single_at(const element_path& path) const
{
    nodes at{as_node(*tree_.document)};
    for (const auto& step : path)
    {
        nodes next;
        for (const auto& parent : at)
        {
            const auto& named = children_named(parent, step.name);
            if (step.number == 0)
                next.insert(next.end(), named.begin(), named.end());
            else if (step.number <= named.size())
                next.push_back(named[step.number - 1]);
        }
        at = std::move(next);
        if (at.empty())
            return {};
    }
    return at.size() == 1 ? at.front() : pugi::xml_node();
}

pugi::xml_node fetched_document::partner_of(pugi::xml_node local, const element_path& path) const
{
    if (const auto node = single_at(path))
        return node;
    index_names();
    const auto& name = path.back().name;
    const auto single = [&](const std::string& key) {
        const auto at = by_name_.find(key);
        return at == by_name_.end() || !at->second.single ? pugi::xml_node() : at->second.first;
    };
    for (const char* by : {"name", "id"})
        if (const auto a = local.attribute(by); a && *a.value())
            if (const auto node = single(attribute_key(name, by, a.value())))
                return node;
    return single(name);
}

result<const fetched_document*, failure> fetched_documents::get(const std::string& uri)
{
    if (const auto at = documents_.find(uri); at != documents_.end())
        return at->second.get();

    auto bytes = fetchers_.blocking_fetch(uri);
    if (!bytes)
    {
        if (bytes.error().code == "document-missing")
            return failure{.code = "file-not-found", .message = "File not found for URI '" + uri + "'."};
        if (bytes.error().code == "no-fetcher")
            return bytes.error();
        return failure{.code = bytes.error().code,
                       .message = "Unable to fetch the document at '" + uri + "'.",
                       .reason = bytes.error().message};
    }
    bytes_ += bytes->size();
    if (bytes_ > 4 * limits_.document_bytes)
        return failure{.code = "hydration-limit", .message = "The documents that hrefs name are too large together."};
    auto tree = read_tree(*bytes, {}, limits_);
    if (!tree)
        return failure{.code = "document-unparsable",
                       .message = "Unable to parse XML from '" + uri + "'.",
                       .line = tree.error().line,
                       .column = tree.error().column,
                       .reason = tree.error().reason.empty() ? tree.error().message : tree.error().reason};
    return documents_.emplace(uri, std::make_unique<fetched_document>(std::move(*tree))).first->second.get();
}

} // namespace vn
