#include "domain/response.hpp"

#include "domain/xml_names.hpp"
#include "domain/xml_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace vn {

namespace {

// For what is beside the results that are large.
constexpr std::size_t least_reserved = 64 * 1024;

void write_group(xml_writer& writer, std::string& out, pugi::xml_node group, const live_document& live)
{
    std::vector<pugi::xml_node> valuations;
    std::vector<std::pair<std::int64_t, std::size_t>> order; // with their places, so that the order is stable
    for (auto node = group.first_child(); node; node = node.next_sibling())
        if (is_named(node, "valuation"))
        {
            const bool is_folded = live.folded.text_of(node) != nullptr;
            order.emplace_back(is_folded ? live.folded.number_of(node) : number_in_response(node), valuations.size());
            valuations.push_back(node);
        }
    if (valuations.empty())
        return writer.write(group);

    std::sort(order.begin(), order.end());
    writer.start(group);
    if (const auto text = leading_text(group))
        writer.write(text);
    for (const auto& [number, place] : order)
    {
        const auto* text = live.folded.text_of(valuations[place]);
        if (!text)
        {
            writer.write_with_tail(valuations[place]);
            continue;
        }
        out += *text;
        if (const auto tail = tail_of(valuations[place]))
            writer.write(tail);
    }
    for (auto node = group.first_child(); !live.failed_tasks.empty() && node; node = node.next_sibling())
        if (live.failed_tasks.contains(node.hash_value()))
            writer.write(node);
    writer.end(group);
}

} // namespace

std::int64_t number_in_response(pugi::xml_node valuation)
{
    auto text = trimmed(child_element(valuation, "vndb").attribute("externalId").value());
    if (text.starts_with('+'))
        text.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range)
        return text.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                                     : std::numeric_limits<std::int64_t>::max();
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string response_of(const live_document& live)
{
    std::string out;
    // Else large ones are copied again and again while it grows.
    if (!live.folded.is_empty())
        out.reserve(live.folded.text_bytes() + least_reserved);
    xml_writer writer(out);
    const auto root = live.root();
    const auto project = live.project();
    writer.start(root);
    for (auto node = root.first_child(); node; node = node.next_sibling())
    {
        if (!is_named(node, "project"))
        {
            writer.write(node);
            continue;
        }
        writer.start(node);
        for (auto part = node.first_child(); part; part = part.next_sibling())
        {
            if (is_library(part))
            {
                if (const auto tail = tail_of(part))
                    part = tail;
            }
            else if (node == project && is_named(part, "group"))
            {
                write_group(writer, out, part, live);
            }
            else
            {
                writer.write(part);
            }
        }
        writer.end(node);
    }
    writer.end(root);
    return out;
}

} // namespace vn
