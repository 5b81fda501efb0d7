// The documents that the hrefs of one request name: each is fetched and parsed once.
#pragma once

#include "domain/document_fetcher.hpp"
#include "domain/element_path.hpp"
#include "domain/xml_tree.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace vn {

class fetched_document
{
public:
    explicit fetched_document(xml_tree tree) : tree_(std::move(tree)) {}

    const pugi::xml_document& document() const noexcept { return *tree_.document; }
    bool has_namespaces() const noexcept { return tree_.has_namespaces; }

    // The partner of local, whose path is given: section 2.1 step 3. Null if there is not exactly one by any rule.
    pugi::xml_node partner_of(pugi::xml_node local, const element_path& path) const;

private:
    using nodes = std::vector<pugi::xml_node>;

    const nodes& children_named(pugi::xml_node parent, const std::string& name) const;
    pugi::xml_node single_at(const element_path& path) const;
    void index_names() const;

    // All elements with one name, or name and value of an attribute: the first one, and whether it is the only one.
    struct found
    {
        pugi::xml_node first;
        bool single = true;
    };

    xml_tree tree_;
    // Made when they are first asked for, as many elements may be looked up in one document.
    mutable std::unordered_map<std::string, found> by_name_;
    mutable std::unordered_map<std::size_t, std::unordered_map<std::string, nodes>> children_;
};

class fetched_documents
{
public:
    fetched_documents(const document_fetchers& fetchers, const document_limits& limits)
        : fetchers_(fetchers), limits_(limits)
    {}

    // Codes: file-not-found, no-fetcher, document-unparsable, and others of the fetcher. Valid as long as this.
    result<const fetched_document*, failure> get(const std::string& uri);

private:
    const document_fetchers& fetchers_;
    const document_limits& limits_;
    std::size_t bytes_ = 0;
    std::map<std::string, std::unique_ptr<fetched_document>> documents_;
};

} // namespace vn
