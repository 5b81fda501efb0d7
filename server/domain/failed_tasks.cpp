#include "domain/failed_tasks.hpp"

#include "domain/xml_names.hpp"

namespace vn {

namespace {

constexpr const char* our_namespace = "urn:vnserver:1";

} // namespace

std::optional<std::string_view> failure_attribute(pugi::xml_node group) noexcept
{
    for (auto a = group.first_attribute(); a; a = a.next_attribute())
    {
        const std::string_view name = a.name();
        if (is_plain_name(name) || is_declaration(name) || local_of(name) != "on-failure")
            continue;
        const char* uri = namespace_of(group, prefix_of(name));
        if (uri && std::string_view(uri) == our_namespace)
            return a.value();
    }
    return std::nullopt;
}

pugi::xml_node append_failed_task(pugi::xml_node group, const task_failure& f, const std::string& valuation_name)
{
    auto node = group.append_child("vn:failed-task");
    node.append_attribute("xmlns:vn").set_value(our_namespace);
    node.append_attribute("number").set_value(static_cast<unsigned long long>(f.task));
    if (!valuation_name.empty())
        node.append_attribute("name").set_value(valuation_name.c_str());
    node.append_attribute("attempts").set_value(f.attempt);
    node.append_attribute("code").set_value(f.code.c_str());
    if (!f.message.empty())
        node.append_child(pugi::node_pcdata).set_value(f.message.c_str());
    return node;
}

} // namespace vn
