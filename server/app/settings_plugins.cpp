#include "app/settings_plugins.hpp"

#include "app/setting_text.hpp"

#include <sstream>

namespace vn {

namespace {

constexpr std::uint64_t most_hosts = 1'000;

bool is_plugin_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == name.npos;
}

// Words that name files below the folder of the settings become their paths.
std::vector<std::string> split_command(const std::string& text, const std::filesystem::path& folder)
{
    std::vector<std::string> words;
    std::istringstream in(text);
    for (std::string word; in >> word;)
    {
        std::error_code ec;
        const auto below = (folder / word).lexically_normal();
        const bool is_file = !word.starts_with('/') && std::filesystem::is_regular_file(below, ec);
        words.push_back(is_file ? below.string() : word);
    }
    return words;
}

std::string joined(const std::vector<std::string>& words, char separator)
{
    std::string all;
    for (const auto& word : words)
        all.append(all.empty() ? 0 : 1, separator).append(word);
    return all;
}

} // namespace

bool plugin_sections::take(const settings_entry& entry, const std::filesystem::path& folder, std::string& mistake)
{
    const auto& keys = entry.keys;
    if (keys.size() >= 2 && keys[0] == "tasks" && keys[1].starts_with("route#"))
        return take_route(entry, mistake);
    if (keys[0] == "plugins")
        return keys.size() == 1 || take_plugin(entry, folder, mistake);
    return false;
}

bool plugin_sections::take_route(const settings_entry& entry, std::string& mistake)
{
    auto& route = routes_[entry.keys[1]];
    const auto key = entry.keys.size() == 3 ? entry.keys[2] : std::string();
    if (entry.value.empty())
        mistake = "tasks.route: a route is { name NAME plugin PLUGIN }";
    else if (key == "name")
        route.name = entry.value;
    else if (key == "plugin" && is_plugin_name(entry.value))
        route.plugin = entry.value;
    else
        mistake = key == "plugin" ? "tasks.route.plugin: " + shown(entry.value) + " cannot be the name of a plugin"
                                  : "tasks.route: there is only name and plugin";
    return true;
}

bool plugin_sections::take_plugin(const settings_entry& entry, const std::filesystem::path& folder,
                                  std::string& mistake)
{
    const auto& keys = entry.keys;
    if (!is_plugin_name(keys[1]))
    {
        mistake = entry.path + ": " + shown(keys[1]) + " cannot be the name of a plugin";
        return true;
    }
    auto& plugin = plugins_[keys[1]];
    const auto expect = [&](bool holds, const char* what) {
        if (!holds)
            mistake = entry.path + ": " + shown(entry.value) + " is not as expected (" + what + ")";
        return holds;
    };
    const auto key = keys.size() >= 3 ? keys[2] : std::string();
    if (keys.size() == 2)
        expect(entry.value.empty(), "a section");
    else if (keys.size() == 4 && key == "settings")
        plugin.settings[keys[3]] = entry.value;
    else if (keys.size() != 3)
        mistake = entry.path + ": there is no such setting";
    else if (key == "settings")
        expect(entry.value.empty(), "a section");
    else if (key == "run" && expect(entry.value == "host" || entry.value == "inline", "host or inline"))
        plugin.runs_inline = entry.value == "inline";
    else if (key == "hosts")
    {
        const auto n = parse_number(entry.value);
        if (expect(n && *n >= 1 && *n <= most_hosts, "whole number, 1 to 1000"))
            plugin.hosts = *n;
    }
    else if (key == "command")
    {
        plugin.command = split_command(entry.value, folder);
        expect(!plugin.command.empty() && plugin.command.front().starts_with('/'),
               "a program by its absolute path, or a file beside these settings, and arguments without spaces");
    }
    else if (key == "tasks")
        plugin.tasks = split_list(entry.value);
    else if (key != "run")
        mistake = entry.path + ": there is no such setting";
    return true;
}

std::vector<std::string> plugin_sections::finish(settings& into)
{
    std::vector<std::string> mistakes;
    for (auto& [number, route] : routes_)
    {
        if (route.name.empty() || route.plugin.empty())
            mistakes.push_back("tasks.route: a route needs name and plugin");
        else
            into.routes.routes.push_back(route);
    }
    for (const auto& [name, plugin] : plugins_)
        if (!plugin.command.empty() && plugin.runs_inline)
            mistakes.push_back("plugins." + name + ": a command cannot run inline");
    into.plugin_choices = std::move(plugins_);
    return mistakes;
}

std::string print_routes(const settings& values)
{
    std::string out =
        "\n    ; Which plugin values which tasks, as often as needed: the exact name goes before the first\n"
        "    ; that matches as a glob (*, ?, [...]), before the names that plugins declare, before default.\n"
        "    ; route { name \"fx-*\" plugin \"fx\" }\n";
    for (const auto& r : values.routes.routes)
        out += "    route\n    {\n        name " + info_value(r.name) + "\n        plugin " + info_value(r.plugin) +
               "\n    }\n";
    return out;
}

std::string print_plugins(const settings& values)
{
    std::string out = "\n; A section for each plugin that is not to run as usual, by its name. run: host (default) or "
                      "inline, in the\n"
                      "; server, for trusted ones; hosts: processes; tasks: instead of the names it declares; "
                      "settings: its own; command:\n"
                      "; no file but a program that speaks the frame protocol. A file is best named after its plugin "
                      "(bond.so): one that\n"
                      "; cannot even be opened without its settings has them by that name.\n"
                      "plugins\n{\n"
                      "    ; bond { run \"host\" hosts \"2\" tasks \"bond,bill\" settings { rate 0.03 } }\n"
                      "    ; py { command \"/usr/bin/python3 /opt/worker.py\" }\n";
    for (const auto& [name, p] : values.plugin_choices)
    {
        out += "    " + name + "\n    {\n";
        if (p.command.empty())
            out += std::string("        run ") + (p.runs_inline ? "inline" : "host") + "\n";
        else
            out += "        command " + info_value(joined(p.command, ' ')) + "\n";
        if (p.hosts > 0)
            out += "        hosts " + std::to_string(p.hosts) + "\n";
        if (!p.tasks.empty())
            out += "        tasks " + info_value(joined(p.tasks, ',')) + "\n";
        if (!p.settings.empty())
        {
            out += "        settings\n        {\n";
            for (const auto& [key, value] : p.settings)
                out += "            " + info_value(key) + " " + info_value(value) + "\n";
            out += "        }\n";
        }
        out += "    }\n";
    }
    return out + "}\n";
}

} // namespace vn
