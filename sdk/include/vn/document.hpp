// The task document: find elements, read their text and numbers, set some of them, and write it back with everything
// else byte for byte as it was. Not a validating parser: the host has checked the document already, and checks the
// answer again. What is not nested right, has a document type or an unknown entity ends in vn::error(VN_INVALID) with
// the line.
//
//     vn::document task(call.payload());
//     const double coupon = task.at("instrument/coupon").number();
//     if (const auto model = task.find("model"); model && model.attribute("name") == "hw") ...
//     task.at("analytics/price/amount").set_number(101.25, 2);
//     call.write(task.xml());
//
// Paths. `a/b/c` is the first element c, in document order, inside of a b inside of an a, anywhere below where the
// search starts (XPath: .//a/b/c). `/a/b` starts at the root element, `./a/b` at the children. A step is a name or `*`;
// without a prefix it matches the name with any prefix, with one exactly as written. Prefixes are not resolved to
// namespaces.
#pragma once

#include <vn/detail/xml_scan.hpp>
#include <vn/error.hpp>
#include <vn/number.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vn {

class document;

// A handle: valid as long as its document. Empty where nothing was found; then only operator bool may be called.
class element
{
    friend class document;
    document* document_ = nullptr;
    std::uint32_t index_ = 0;

    element(document* owner, std::uint32_t index) : document_(owner), index_(index) {}

public:
    element() = default;

    explicit operator bool() const noexcept { return document_ != nullptr; }

    std::string_view name() const; // as written, with its prefix
    std::size_t line() const;      // from 1

    // The text directly inside, decoded, comments and child elements left out, white space kept.
    std::string text() const;
    // text() as a number. VN_INVALID where it is not one.
    double number() const;
    // Decoded. By its name as written; nothing if there is none.
    std::optional<std::string> attribute(std::string_view name) const;

    element find(std::string_view path) const;             // empty if there is none
    element at(std::string_view path) const;               // VN_INVALID if there is none
    std::vector<element> all(std::string_view path) const; // in document order

    // Replaces the text; escaped. VN_INVALID for an element with child elements, VN_FAILED for characters that XML
    // cannot hold.
    void set_text(std::string_view text) const;
    void set_number(double value) const { set_text(number_text(value)); }
    void set_number(double value, int digits) const { set_text(number_text(value, digits)); }
    void set_attribute(std::string_view name, std::string_view value) const;
    // Adds `<name>text</name>` behind what is inside; find() does not see it.
    void append(std::string_view name, std::string_view text) const;
};

class document
{
    friend class element;

    struct changed_element
    {
        std::optional<std::string> text;
        std::string appended; // serialised
        std::vector<std::pair<std::string, std::string>> attributes;
    };

    std::string source_;
    std::vector<detail::xml_node> nodes_; // in document order
    std::map<std::uint32_t, changed_element> changes_;

    std::string_view name_of(std::uint32_t i) const
    {
        return std::string_view(source_).substr(nodes_[i].open + 1, nodes_[i].name_size);
    }

    std::vector<element> search(std::optional<std::uint32_t> from, std::string_view path, bool first_only) const;
    bool matches(std::uint32_t node, const std::vector<std::string_view>& steps, bool anchored,
                 std::optional<std::uint32_t> from) const;

public:
    explicit document(std::string_view xml) : source_(xml), nodes_(detail::scan_xml(source_)) {}
    document(const document&) = delete;
    document& operator=(const document&) = delete;

    element root() { return {this, 0}; }
    element find(std::string_view path) const
    {
        const auto found = search(std::nullopt, path, true);
        return found.empty() ? element() : found.front();
    }
    element at(std::string_view path) const
    {
        const auto found = find(path);
        if (!found)
            invalid("no element " + std::string(path));
        return found;
    }
    std::vector<element> all(std::string_view path) const { return search(std::nullopt, path, false); }

    // With all changes.
    std::string xml() const;
};

// ---- Search ----

inline bool document::matches(std::uint32_t node, const std::vector<std::string_view>& steps, bool anchored,
                              std::optional<std::uint32_t> from) const
{
    for (auto step = steps.size(); step-- > 0;)
    {
        const auto name = name_of(node);
        const auto colon = name.find(':');
        if (steps[step] != "*" && steps[step] != name && (colon == name.npos || steps[step] != name.substr(colon + 1)))
            return false;
        const auto parent = nodes_[node].parent;
        if (step == 0)
            return !anchored || (from ? parent == *from : parent == detail::no_parent);
        if (parent == detail::no_parent || (from && parent <= *from))
            return false;
        node = parent;
    }
    return false;
}

inline std::vector<element> document::search(std::optional<std::uint32_t> from, std::string_view path,
                                             bool first_only) const
{
    const auto whole = path;
    bool anchored = false;
    if (path.substr(0, 1) == "/")
    {
        anchored = true;
        from.reset();
        path.remove_prefix(1);
    }
    else if (path.substr(0, 2) == "./")
    {
        anchored = from.has_value();
        path.remove_prefix(2);
    }

    std::vector<std::string_view> steps;
    for (std::size_t at = 0; at <= path.size();)
    {
        const auto end = std::min(path.find('/', at), path.size());
        if (end == at)
            throw error(VN_FAILED, "'" + std::string(whole) + "' is not a path");
        steps.push_back(path.substr(at, end - at));
        at = end + 1;
    }

    std::vector<element> found;
    const auto begin = from ? *from + 1 : 0u;
    const auto end = from ? nodes_[*from].last : static_cast<std::uint32_t>(nodes_.size());
    for (auto i = begin; i < end; ++i)
        if (matches(i, steps, anchored, from))
        {
            found.push_back(element(const_cast<document*>(this), i));
            if (first_only)
                break;
        }
    return found;
}

inline element element::find(std::string_view path) const
{
    const auto found = document_->search(index_, path, true);
    return found.empty() ? element() : found.front();
}

inline element element::at(std::string_view path) const
{
    const auto found = find(path);
    if (!found)
        invalid("no element " + std::string(path) + " in " + std::string(name()) + " (line " + std::to_string(line()) +
                ")");
    return found;
}

inline std::vector<element> element::all(std::string_view path) const
{
    return document_->search(index_, path, false);
}

// ---- Reading ----

inline std::string_view element::name() const
{
    return document_->name_of(index_);
}

inline std::size_t element::line() const
{
    return detail::line_of(document_->source_, document_->nodes_[index_].open);
}

inline std::string element::text() const
{
    if (const auto changed = document_->changes_.find(index_);
        changed != document_->changes_.end() && changed->second.text)
        return *changed->second.text;

    const auto& nodes = document_->nodes_;
    const auto& node = nodes[index_];
    std::string text;
    auto at = node.open_end;
    for (auto child = index_ + 1; child < node.last; child = nodes[child].last)
    {
        detail::decode_text(document_->source_, at, nodes[child].open, text);
        at = nodes[child].close_end;
    }
    detail::decode_text(document_->source_, at, node.close, text);
    return text;
}

inline double element::number() const
{
    const auto content = text();
    const auto value = to_number(content);
    if (!value)
        invalid(std::string(name()) + " (line " + std::to_string(line()) + "): '" + content.substr(0, 40) +
                "' is not a number");
    return *value;
}

inline std::optional<std::string> element::attribute(std::string_view name) const
{
    if (const auto changed = document_->changes_.find(index_); changed != document_->changes_.end())
        for (const auto& [key, value] : changed->second.attributes)
            if (key == name)
                return value;

    const auto& source = document_->source_;
    std::optional<std::string> found;
    detail::scan_tag(source, document_->nodes_[index_].open, [&](const detail::xml_attribute& each) {
        if (!found && std::string_view(source).substr(each.name, each.name_size) == name)
            detail::decode_attribute(source, each.value, each.value_end, found.emplace());
    });
    return found;
}

// ---- Changing ----

inline void element::set_text(std::string_view text) const
{
    const auto& node = document_->nodes_[index_];
    auto& change = document_->changes_[index_];
    if (node.last != index_ + 1 || !change.appended.empty())
        invalid(std::string(name()) + " (line " + std::to_string(line()) + ") has child elements");
    detail::escaped(text, false);
    change.text = std::string(text);
}

inline void element::set_attribute(std::string_view name, std::string_view value) const
{
    detail::escaped(value, true);
    auto& attributes = document_->changes_[index_].attributes;
    for (auto& each : attributes)
        if (each.first == name)
        {
            each.second = std::string(value);
            return;
        }
    attributes.emplace_back(name, value);
}

inline void element::append(std::string_view name, std::string_view text) const
{
    auto& appended = document_->changes_[index_].appended;
    const std::string tag(name);
    appended += "<" + tag + ">" + detail::escaped(text, false) + "</" + tag + ">";
}

inline std::string document::xml() const
{
    std::string out;
    std::size_t done = 0;
    struct edit
    {
        std::size_t end;
        std::string text;
    };
    std::multimap<std::size_t, edit> edits; // by where the replaced range begins; in the order of insertion if the same
    for (const auto& [index, change] : changes_)
    {
        const auto& node = nodes_[index];
        const bool empty = node.close == node.close_end;
        auto attributes = change.attributes;
        detail::scan_tag(source_, node.open, [&](const detail::xml_attribute& each) {
            const auto name = std::string_view(source_).substr(each.name, each.name_size);
            const auto at =
                std::find_if(attributes.begin(), attributes.end(), [&](auto& a) { return a.first == name; });
            if (at == attributes.end())
                return;
            edits.insert({each.value - 1, {each.value_end + 1, '"' + detail::escaped(at->second, true) + '"'}});
            attributes.erase(at);
        });

        const auto tag_end = node.open_end - (empty ? 2 : 1);
        for (const auto& [name, value] : attributes)
            edits.insert({tag_end, {tag_end, " " + name + "=\"" + detail::escaped(value, true) + '"'}});

        const auto content = (change.text ? detail::escaped(*change.text, false) : std::string()) + change.appended;
        if (empty && !content.empty())
            edits.insert({tag_end, {node.open_end, ">" + content + "</" + std::string(name_of(index)) + ">"}});
        else if (!empty && change.text)
            edits.insert({node.open_end, {node.close, content}});
        else if (!empty)
            edits.insert({node.close, {node.close, content}});
    }

    for (const auto& [begin, each] : edits)
    {
        out.append(source_, done, begin - done).append(each.text);
        done = each.end;
    }
    return out.append(source_, done);
}

} // namespace vn
