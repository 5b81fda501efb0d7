#include "execution/plugin_library.hpp"

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cstddef>
#include <dlfcn.h>
#include <string.h>
#include <string_view>
#include <system_error>

namespace vn {

namespace {

namespace dll = boost::dll;

constexpr std::size_t longest_text = 4096;
// No table comes near: a larger size is no size, and nothing beyond version 1.0 may be read by it.
constexpr std::uint32_t largest_table = 64 << 10;
constexpr std::string_view type_names[] = {"text", "number", "integer", "boolean", "date", "xml", "path"};

failure refused(std::string why)
{
    return {.code = "plugin-refused", .message = std::move(why)};
}

// Of a plugin's string, which need not end: never more than its limit is read.
std::string text_of(const char* text)
{
    return text ? std::string(text, ::strnlen(text, longest_text + 1)) : std::string();
}

// Without what Boost.DLL puts around them, among it an error code that says nothing ("Bad file descriptor").
std::string words_of_the_loader(const std::system_error& e)
{
    constexpr std::string_view before = "dlerror system message: ";
    std::string text = e.what();
    if (const auto end = text.rfind(": " + e.code().message()); end != text.npos && end > 0)
        text.resize(end);
    if (const auto begin = text.find(before); begin != text.npos && text.ends_with(')'))
        text = text.substr(begin + before.size(), text.size() - begin - before.size() - 1);
    return text;
}

std::string version_text(std::uint32_t major, std::uint32_t minor)
{
    return std::to_string(major) + "." + std::to_string(minor);
}

template <class Table>
bool has_size(const Table& table)
{
    return table.struct_size >= sizeof(Table) && table.struct_size <= largest_table;
}

result<void, failure> check(const vn_plugin* p)
{
    if (!p)
        return refused("vn_plugin_entry() returned NULL");
    // In every version of the table these come first.
    const bool has_versions = p->struct_size >= offsetof(vn_plugin, flags);
    if (has_versions && (p->abi_major != VN_ABI_MAJOR || p->abi_minor > VN_ABI_MINOR))
        return refused("built for plugin ABI " + version_text(p->abi_major, p->abi_minor) + ", this server has " +
                       version_text(VN_ABI_MAJOR, VN_ABI_MINOR));
    if (!has_size(*p))
        return refused("the size of its vn_plugin is " + std::to_string(p->struct_size) + ", of version 1.0 it is " +
                       std::to_string(sizeof(vn_plugin)));
    if ((p->flags & ~std::uint32_t{VN_CONCURRENT | VN_SERIAL}) != 0 ||
        p->flags == std::uint32_t{VN_CONCURRENT | VN_SERIAL})
        return refused("its flags are " + std::to_string(p->flags) + ": VN_CONCURRENT, VN_SERIAL or 0 is allowed");
    if (!p->name || !p->version)
        return refused("its vn_plugin has no name or no version");
    if (!p->create || !p->destroy || !p->capability)
        return refused("its vn_plugin lacks create, destroy or capability");
    return {};
}

result<void, failure> add_functions(const vn_functions& table, plugin_description& d)
{
    if (table.count > 10'000 || (table.count > 0 && !table.functions))
        return refused("its vn.function/1 has " + std::to_string(table.count) +
                       " functions, or none where they should be");
    for (std::uint32_t i = 0; i < table.count; ++i)
    {
        const vn_function* const f = table.functions[i];
        if (!f || !has_size(*f) || !f->name || !f->call || f->flags != 0)
            return refused("function number " + std::to_string(i) + " of its vn.function/1 is incomplete");
        auto& to = d.functions.emplace_back();
        to.name = text_of(f->name);
        to.help = text_of(f->help);
        const auto type = [](std::int32_t t) {
            return t >= 0 && t <= VN_TYPE_PATH ? std::string(type_names[t]) : std::to_string(t);
        };
        to.result = type(f->result);
        if (f->argument_count > 64 || (f->argument_count > 0 && !f->arguments))
            return refused("function " + to.name + " has more than 64 arguments, or none where they should be");
        for (std::uint32_t k = 0; k < f->argument_count; ++k)
        {
            const vn_argument& a = f->arguments[k];
            if ((a.flags & ~std::uint32_t{VN_ARGUMENT_OPTIONAL | VN_ARGUMENT_REPEATED}) != 0)
                return refused("function " + to.name + " has an argument with unknown flags");
            to.arguments.push_back({.name = text_of(a.name),
                                    .help = text_of(a.help),
                                    .type = type(a.type),
                                    .optional = (a.flags & VN_ARGUMENT_OPTIONAL) != 0,
                                    .repeated = (a.flags & VN_ARGUMENT_REPEATED) != 0});
        }
    }
    return {};
}

result<void, failure> add_names(std::string_view kind, const char* const* names, std::uint32_t count,
                                std::vector<std::string>& out)
{
    if (count > 10'000 || (count > 0 && !names))
        return refused("its " + std::string(kind) + " lists " + std::to_string(count) +
                       " names, or none where they should be");
    for (std::uint32_t i = 0; i < count; ++i)
        out.push_back(text_of(names[i]));
    return {};
}

result<void, failure> add_tables(const plugin_tables& t, plugin_description& d)
{
    if (t.task)
    {
        if (!has_size(*t.task) || !t.task->run)
            return refused("its vn.task/1 is incomplete");
        d.values_tasks = true;
        if (auto added = add_names(VN_TASK, t.task->names, t.task->name_count, d.tasks); !added)
            return added.error();
    }
    if (t.functions)
    {
        if (!has_size(*t.functions))
            return refused("its vn.function/1 is incomplete");
        if (auto added = add_functions(*t.functions, d); !added)
            return added.error();
    }
    if (t.fetcher)
    {
        if (!has_size(*t.fetcher) || !t.fetcher->fetch)
            return refused("its vn.fetcher/1 is incomplete");
        if (auto added = add_names(VN_FETCHER, t.fetcher->schemes, t.fetcher->scheme_count, d.schemes); !added)
            return added.error();
    }
    return {};
}

} // namespace

result<const vn_plugin*, failure> blocking_load_plugin(const std::string& path)
{
    try
    {
        dll::shared_library library;
        library.load(path, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
        // Stays mapped beyond the object above, also if it is refused: a constructor may have started a thread.
        if (!::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE))
            return refused("it cannot be kept loaded");
        if (!library.has("vn_plugin_entry"))
            return refused("it does not export vn_plugin_entry");
        const vn_plugin* const table = library.get<const vn_plugin*()>("vn_plugin_entry")();
        if (auto checked = check(table); !checked)
            return checked.error();
        return table;
    }
    catch (const std::system_error& e)
    {
        return refused(words_of_the_loader(e));
    }
    catch (const std::exception& e)
    {
        return refused(e.what());
    }
}

result<plugin_description, failure> read_tables(const vn_plugin& plugin, vn_instance* instance, plugin_tables& out)
{
    out.task = static_cast<const vn_task*>(plugin.capability(instance, VN_TASK));
    out.functions = static_cast<const vn_functions*>(plugin.capability(instance, VN_FUNCTION));
    out.fetcher = static_cast<const vn_fetcher*>(plugin.capability(instance, VN_FETCHER));

    plugin_description d;
    d.name = text_of(plugin.name);
    d.version = text_of(plugin.version);
    d.abi_major = plugin.abi_major;
    d.abi_minor = plugin.abi_minor;
    d.concurrent = (plugin.flags & VN_CONCURRENT) != 0;
    d.serial = (plugin.flags & VN_SERIAL) != 0;
    if (auto added = add_tables(out, d); !added)
        return added.error();
    if (!d.values_tasks && d.functions.empty() && d.schemes.empty())
        return refused("it offers nothing this server knows: neither vn.task/1, vn.function/1 nor vn.fetcher/1");
    if (auto flaw = flaw_of(d); !flaw.empty())
        return refused(std::move(flaw));
    for (std::uint32_t i = 0; out.functions && i < out.functions->count; ++i)
        out.by_name.emplace(out.functions->functions[i]->name, out.functions->functions[i]);
    return d;
}

} // namespace vn
