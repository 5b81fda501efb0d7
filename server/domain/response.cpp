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

// White space and a plus sign as usual in numbers written by hand; what is no number sorts like 0.
std::int64_t number_of(pugi::xml_node valuation)
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

void write_group(xml_writer& writer, pugi::xml_node group, const std::unordered_set<std::size_t>& failed)
{
    std::vector<pugi::xml_node> valuations;
    std::vector<std::pair<std::int64_t, std::size_t>> order; // with their places, so that the order is stable
    for (auto node = group.first_child(); node; node = node.next_sibling())
        if (is_named(node, "valuation"))
        {
            order.emplace_back(number_of(node), valuations.size());
            valuations.push_back(node);
        }
    if (valuations.empty())
        return writer.write(group);

    std::sort(order.begin(), order.end());
    writer.start(group);
    if (const auto text = leading_text(group))
        writer.write(text);
    for (const auto& [number, place] : order)
        writer.write_with_tail(valuations[place]);
    for (auto node = group.first_child(); !failed.empty() && node; node = node.next_sibling())
        if (failed.contains(node.hash_value()))
            writer.write(node);
    writer.end(group);
}

} // namespace

std::string response_of(const live_document& live)
{
    std::string out;
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
                write_group(writer, part, live.failed_tasks);
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
