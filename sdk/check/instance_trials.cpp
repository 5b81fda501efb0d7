#include "check/library.hpp"
#include "check/process_state.hpp"
#include "check/table.hpp"
#include "check/trials.hpp"

#include <cstdint>

namespace vn::check {
namespace {

void offer(voice& out, const std::string& kind, const std::string& name, const std::string& detail, const char* help)
{
    out.offer(kind + '\t' + name + '\t' + detail + '\t' + (help ? help : ""));
}

// (a: number, b?: integer, c...: text) -> text
std::string signature(const vn_function& function)
{
    std::string text = "(";
    for (std::uint32_t i = 0; i < function.argument_count; ++i)
    {
        const auto& each = function.arguments[i];
        text += std::string(i ? ", " : "") + each.name +
                (each.flags & VN_ARGUMENT_REPEATED   ? "..."
                 : each.flags & VN_ARGUMENT_OPTIONAL ? "?"
                                                     : "");
        text.append(": ").append(type_name(each.type));
    }
    return text.append(") -> ").append(type_name(function.result));
}

void tell_changes(voice& out, const process_state& before, const char* when)
{
    for (const auto& each : differences(before, state_of_process()))
        out.problem(when + each);
}

} // namespace

void try_loading(const options& chosen, voice& out)
{
    out.at("while it is loaded");
    const auto before = state_of_process();
    const auto threads = running_threads();
    const auto plugin = load(chosen.file);
    const std::string flags = plugin->flags & VN_CONCURRENT ? "concurrent"
                              : plugin->flags & VN_SERIAL   ? "serial"
                                                            : "one call per instance";
    offer(out, "plugin", plugin->name,
          std::string(plugin->version) + ", ABI " + std::to_string(plugin->abi_major) + "." +
              std::to_string(plugin->abi_minor) + ", " + flags,
          nullptr);
    tell_changes(out, before, "");
    if (running_threads() > threads)
        out.problem("starts threads before create()");
}

void try_instances(const options& chosen, voice& out)
{
    const auto plugin = load(chosen.file);
    const auto before = state_of_process();
    out.at("create");
    {
        const plugin_instance first(plugin, chosen);
        for (std::uint32_t i = 0; first.task && i < first.task->name_count; ++i)
            offer(out, "task", first.task->names[i], "", nullptr);
        if (first.task && first.task->name_count == 0)
            offer(out, "task", "*", "only where a route of the settings says so", nullptr);
        for (std::uint32_t i = 0; first.functions && i < first.functions->count; ++i)
        {
            const auto& each = *first.functions->functions[i];
            offer(out, "function", each.name, signature(each), each.help);
        }
        for (std::uint32_t i = 0; first.fetcher && i < first.fetcher->scheme_count; ++i)
            offer(out, "fetcher", first.fetcher->schemes[i], "", nullptr);

        out.at("capability");
        for (const char* id : {"", "vn.unknown/1", "vn.task/2", "vn.task", "vn.function/10"})
            if (first.capability(id))
                out.problem(std::string("capability(\"") + id + "\") is not NULL");
        if (first.capability(VN_TASK) != first.task || first.capability(VN_FUNCTION) != first.functions)
            out.problem("capability() gives another table each time");

        out.at("a second instance");
        const plugin_instance second(plugin, chosen);
        out.at("destroy");
    }
    for (int i = 0; i < 50; ++i)
    {
        out.at("create, time " + std::to_string(i + 3));
        const plugin_instance again(plugin, chosen);
    }
    tell_changes(out, before, "");
}

} // namespace vn::check
