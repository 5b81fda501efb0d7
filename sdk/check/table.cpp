#include "check/table.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>

namespace vn {
namespace {

// No table of any later minor version will be as large; a wild size is not a table.
constexpr std::uint32_t size_limit = 64 * 1024;

std::string size_problem(const char* table, std::uint32_t size, std::size_t least)
{
    if (size >= least && size <= size_limit)
        return {};
    return std::string(table) + " has struct_size " + std::to_string(size) + ", at least " + std::to_string(least) +
           " is needed";
}

bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// text has 1 to limit characters, all of them good.
template <class Good>
bool is_word(const char* text, std::size_t limit, Good good)
{
    if (!text)
        return false;
    const auto size = strnlen(text, limit + 1);
    return size > 0 && size <= limit && std::all_of(text, text + size, good);
}

bool is_function_name(const char* text)
{
    return is_word(text, 64, [](char c) { return is_alnum(c) || std::strchr("_-.", c); }) &&
           !std::strchr("-.0123456789", text[0]);
}

bool is_line(const char* text)
{
    return !text || *text == 0 || is_word(text, 1024, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

std::string argument_problem(const vn_function& function)
{
    bool optional = false;
    for (std::uint32_t i = 0; i < function.argument_count; ++i)
    {
        const auto& each = function.arguments[i];
        const auto what = "argument " + std::to_string(i + 1) + " of " + function.name;
        if (!is_function_name(each.name) || !is_line(each.help))
            return what + " has no valid name or help";
        if (type_name(each.type).empty())
            return what + " has unknown type " + std::to_string(each.type);
        if (each.flags & ~std::uint32_t(VN_ARGUMENT_OPTIONAL | VN_ARGUMENT_REPEATED))
            return what + " has unknown flags";
        if ((each.flags & VN_ARGUMENT_REPEATED) && i + 1 != function.argument_count)
            return what + " is repeated but not the last";
        if (optional && !(each.flags & VN_ARGUMENT_OPTIONAL))
            return what + " is required behind an optional one";
        optional = (each.flags & VN_ARGUMENT_OPTIONAL) != 0;
    }
    return {};
}

std::string function_problem(const vn_function* function)
{
    if (!function)
        return "vn_functions has a NULL function";
    if (auto problem = size_problem("vn_function", function->struct_size, sizeof(vn_function)); !problem.empty())
        return problem;
    if (!is_function_name(function->name))
        return "a function has no valid name";
    const std::string what = function->name;
    if (!is_line(function->help))
        return what + ": help is not one line";
    if (function->argument_count > 64 || (function->argument_count > 0 && !function->arguments))
        return what + ": " + std::to_string(function->argument_count) + " arguments, or none where some are declared";
    if (type_name(function->result).empty())
        return what + ": unknown result type " + std::to_string(function->result);
    if (function->flags != 0)
        return what + ": unknown flags";
    if (!function->call)
        return what + ": call is NULL";
    return argument_problem(*function);
}

} // namespace

std::string_view type_name(std::int32_t type)
{
    switch (type)
    {
    case VN_TYPE_TEXT:
        return "text";
    case VN_TYPE_NUMBER:
        return "number";
    case VN_TYPE_INTEGER:
        return "integer";
    case VN_TYPE_BOOLEAN:
        return "boolean";
    case VN_TYPE_DATE:
        return "date";
    case VN_TYPE_XML:
        return "xml";
    case VN_TYPE_PATH:
        return "path";
    default:
        return {};
    }
}

std::string why_not(const vn_plugin* plugin)
{
    if (!plugin)
        return "vn_plugin_entry() returned NULL";
    if (plugin->struct_size < 3 * sizeof(std::uint32_t))
        return size_problem("vn_plugin", plugin->struct_size, sizeof(vn_plugin));
    if (plugin->abi_major != VN_ABI_MAJOR || plugin->abi_minor > VN_ABI_MINOR)
        return "the plugin has ABI " + std::to_string(plugin->abi_major) + "." + std::to_string(plugin->abi_minor) +
               ", this host " + std::to_string(VN_ABI_MAJOR) + "." + std::to_string(VN_ABI_MINOR);
    if (auto problem = size_problem("vn_plugin", plugin->struct_size, sizeof(vn_plugin)); !problem.empty())
        return problem;
    if ((plugin->flags & ~std::uint32_t(VN_CONCURRENT | VN_SERIAL)) || plugin->flags == (VN_CONCURRENT | VN_SERIAL))
        return "the flags " + std::to_string(plugin->flags) + " are unknown or contradict each other";
    if (!is_word(plugin->name, 64, [](char c) { return is_alnum(c) || std::strchr("._-", c); }))
        return "the name is not 1 to 64 of A-Z a-z 0-9 . _ -";
    if (!is_word(plugin->version, 64, [](char c) { return c > 0x20 && c < 0x7f; }))
        return "the version is not 1 to 64 printable characters";
    if (!plugin->create || !plugin->destroy || !plugin->capability)
        return "create, destroy or capability is NULL";
    return {};
}

std::string why_not(const vn_task* task)
{
    if (!task)
        return "vn_task is NULL";
    if (auto problem = size_problem("vn_task", task->struct_size, sizeof(vn_task)); !problem.empty())
        return problem;
    if (!task->run)
        return "vn_task: run is NULL";
    if (task->name_count > 10'000 || (task->name_count > 0 && !task->names))
        return "vn_task: " + std::to_string(task->name_count) + " names, or none where some are declared";
    for (std::uint32_t i = 0; i < task->name_count; ++i)
        if (!is_word(task->names[i], 255, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }))
            return "vn_task: name " + std::to_string(i + 1) + " is not 1 to 255 bytes without control characters";
    return {};
}

std::string why_not(const vn_functions* functions)
{
    if (!functions)
        return "vn_functions is NULL";
    if (auto problem = size_problem("vn_functions", functions->struct_size, sizeof(vn_functions)); !problem.empty())
        return problem;
    if (functions->count > 10'000 || (functions->count > 0 && !functions->functions))
        return "vn_functions: " + std::to_string(functions->count) + " functions, or none where some are declared";

    std::set<std::string> names;
    for (std::uint32_t i = 0; i < functions->count; ++i)
    {
        if (auto problem = function_problem(functions->functions[i]); !problem.empty())
            return problem;
        if (!names.insert(functions->functions[i]->name).second)
            return "two functions are called " + std::string(functions->functions[i]->name);
    }
    return {};
}

std::string why_not(const vn_fetcher* fetcher)
{
    if (!fetcher)
        return "vn_fetcher is NULL";
    if (auto problem = size_problem("vn_fetcher", fetcher->struct_size, sizeof(vn_fetcher)); !problem.empty())
        return problem;
    if (!fetcher->fetch)
        return "vn_fetcher: fetch is NULL";
    if (fetcher->scheme_count == 0 || fetcher->scheme_count > 64 || !fetcher->schemes)
        return "vn_fetcher: no schemes, or more than 64";
    const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::strchr("+-.", c); };
    for (std::uint32_t i = 0; i < fetcher->scheme_count; ++i)
        if (!is_word(fetcher->schemes[i], 32, good) || fetcher->schemes[i][0] < 'a')
            return "vn_fetcher: scheme " + std::to_string(i + 1) + " is not a lower case scheme without its colon";
    return {};
}

} // namespace vn
