#include "ctl/opened_plugins.hpp"

#include "execution/plugin_file.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

namespace vn::ctl {

namespace fs = std::filesystem;

namespace {

void tell(const std::string& file, const failure& why)
{
    std::cerr << "vnctl: " << file << ": " << why.message << '\n';
}

// The section for a file is that of the plugin in it; one with a command is another plugin, whatever it is called.
std::map<std::string, std::string> settings_of(const function_places& where, const std::string& plugin)
{
    const auto choice = where.choices.find(plugin);
    return choice == where.choices.end() || !choice->second.command.empty() ? std::map<std::string, std::string>()
                                                                            : choice->second.settings;
}

// Asked with the section that the file's name suggests, then with its own if that is another.
awaitable<result<opened_plugin, failure>> open_file(const function_places& where, std::string file, std::string copy)
{
    const auto name = fs::path(file).filename().string();
    auto settings = settings_of(where, fs::path(file).stem());
    auto program = program_for(copy, name, settings, where.running);
    auto description = co_await ask_description(program, where.running);
    if (description && settings_of(where, description->name) != settings)
    {
        program = program_for(copy, name, settings_of(where, description->name), where.running);
        description = co_await ask_description(program, where.running);
    }
    if (!description)
        co_return description.error();
    co_return opened_plugin{file, std::move(program), std::move(*description)};
}

result<plugin_copy, failure> blocking_copy_allowed(const function_places& where,
                                                   const std::optional<std::vector<std::string>>& allowed,
                                                   const std::string& file, const std::string& copies)
{
    auto copy = blocking_copy_plugin(file, copies, where.folders.max_bytes);
    if (copy && allowed && std::ranges::find(*allowed, copy->sha256) == allowed->end())
        return failure{.code = "plugin-not-allowed", .message = "its SHA-256 is not in the list of allowed plugins"};
    return copy;
}

} // namespace

awaitable<void> open_plugins(const function_places& where, const std::string& copies,
                             std::function<bool(opened_plugin)> take)
{
    for (const auto& [name, choice] : where.choices)
    {
        if (choice.command.empty())
            continue;
        const auto file = "plugins." + name;
        const plugin_program program{name, choice.command, choice.settings};
        auto description = co_await ask_description(program, where.running);
        if (!description)
            tell(file, description.error());
        else if (take({file, program, std::move(*description)}))
            co_return;
    }

    std::optional<std::vector<std::string>> allowed;
    if (!where.folders.allow_list.empty())
    {
        auto list = blocking_read_allow_list(where.folders.allow_list);
        if (!list)
            tell(where.folders.allow_list, list.error());
        allowed = list ? std::move(*list) : std::vector<std::string>();
    }
    const std::array<std::string, 2> folders{where.folders.shipped, where.folders.dropped};
    for (const auto& folder : folders)
    {
        std::error_code ec;
        const auto listing = folder.empty() ? folder_listing() : blocking_list_plugins(folder);
        // One that is not there has nothing in it.
        if (listing.problem && (fs::exists(folder, ec) || ec))
            tell(folder, *listing.problem);
        if (listing.problem)
            continue;
        for (const auto& [file, stamp] : listing.files)
        {
            const auto copy = blocking_copy_allowed(where, allowed, file, copies);
            if (!copy)
            {
                tell(file, copy.error());
                continue;
            }
            auto opened = co_await open_file(where, file, copy->path);
            if (!opened)
                tell(file, opened.error());
            else if (take(std::move(*opened)))
                co_return;
        }
    }
}

} // namespace vn::ctl
