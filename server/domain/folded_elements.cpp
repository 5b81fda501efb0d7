#include "domain/folded_elements.hpp"

#include "domain/live_document.hpp"
#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

#include <new>
#include <utility>

namespace vn {

namespace {

xml_tree reread(std::string_view text)
{
    auto tree = reread_tree(text);
    if (!tree)
        throw std::bad_alloc(); // it is what the writer made: nothing else can be wrong
    return std::move(*tree);
}

bool has_work_inside(pugi::xml_node top)
{
    for (auto node = top; node; node = next_in(node, top))
        if (is_element(node) && (node.attribute("href") || has_work(node)))
            return true;
    return false;
}

} // namespace

void folded_elements::fold(pugi::xml_node element, std::int64_t number)
{
    if (!element.first_child())
        return;
    folded f{.element = element, .text = {}, .left = {}, .all = size_of(element), .number = number};
    xml_writer(f.text).write(element);
    if (f.text.find("xmlns") != f.text.npos)
        return; // reread_tree() would take it for namespaces
    f.text.shrink_to_fit();
    element.remove_children();
    f.left = size_of(element);
    all_.emplace(element.hash_value(), std::move(f));
}

std::size_t folded_elements::text_bytes() const noexcept
{
    std::size_t bytes = 0;
    for (const auto& [node, f] : all_)
        bytes += f.text.size();
    return bytes;
}

const std::string* folded_elements::text_of(pugi::xml_node element) const noexcept
{
    const auto at = all_.find(element.hash_value());
    return at == all_.end() ? nullptr : &at->second.text;
}

std::shared_ptr<const xml_tree> folded_elements::copy_of(pugi::xml_node element)
{
    const auto at = all_.find(element.hash_value());
    if (at == all_.end())
        return nullptr;
    auto& f = at->second;
    if (f.kept)
        return f.kept;
    auto tree = std::make_shared<const xml_tree>(reread(f.text));
    if (std::exchange(f.is_copied, true))
        f.kept = tree;
    return tree;
}

void folded_elements::end_copying() noexcept
{
    for (auto& [node, f] : all_)
    {
        f.is_copied = false;
        f.kept.reset();
    }
}

void folded_elements::put_back(const folded& f)
{
    const auto tree = reread(f.text);
    auto element = f.element;
    for (auto child = tree.root().first_child(); child; child = child.next_sibling())
        element.append_copy(child);
}

void folded_elements::unfold(pugi::xml_node element)
{
    const auto at = all_.find(element.hash_value());
    if (at == all_.end())
        return;
    put_back(at->second);
    all_.erase(at);
}

void folded_elements::unfold_all()
{
    // One by one, each with its text.
    while (!all_.empty())
    {
        put_back(all_.begin()->second);
        all_.erase(all_.begin());
    }
}

void folded_elements::add_to(document_size& whole) const
{
    for (const auto& [node, f] : all_)
        replace_part(whole, f.left, f.all, depth_of(f.element));
}

result<xml_tree, failure> read_folded_tree(std::string_view bytes, std::string_view charset,
                                           const document_limits& limits, std::size_t least_bytes,
                                           folded_elements& folded)
{
    if (bytes.size() < least_bytes || bytes.find("xmlns") != bytes.npos)
        return read_tree(bytes, charset, limits);
    auto tree = read_tree(bytes, charset, limits, [&](pugi::xml_node part) {
        const auto project = part.parent();
        if (is_library(part) && project == child_element(project.parent(), "project") &&
            size_of(part).bytes >= least_bytes && !has_work_inside(part))
            folded.fold(part);
    });
    // Declared after something was folded, in an encoding in which it was not found.
    if (tree && tree->has_namespaces)
        folded.unfold_all();
    return tree;
}

} // namespace vn
