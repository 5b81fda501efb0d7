// What an operator chooses about plugins: which task goes to which, how each one runs, where they come from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vn {

// For every valuation whose name is `name`, or matches it as a glob (*, ?, [...]).
struct task_route
{
    std::string name;
    std::string plugin; // its name, or "script"

    bool operator==(const task_route&) const = default;
};

// R33: the route with exactly this name, else the first that matches, else the offered plugin that declares the name,
// else the fallback.
struct route_settings
{
    std::vector<task_route> routes;
    std::string fallback = "script"; // or the name of a plugin

    bool operator==(const route_settings&) const = default;
};

// The section of one plugin.
struct plugin_choice
{
    bool runs_inline = false;
    std::size_t hosts = 0;                       // 0: as plugin_settings says
    std::vector<std::string> command;            // program and arguments of a command plugin; else empty
    std::vector<std::string> tasks;              // instead of the names it declares; empty: those
    std::map<std::string, std::string> settings; // what it asks for by its host's setting()

    bool operator==(const plugin_choice&) const = default;
};

// By plugin name.
using plugin_choices = std::map<std::string, plugin_choice, std::less<>>;

struct plugin_folder_settings
{
    std::string shipped;    // always read, before the drop folder; empty: none
    std::string dropped;    // the drop folder; empty: none
    std::string copies;     // private copies; below the data folder
    std::string allow_list; // file of SHA-256; empty: every plugin is allowed
    std::uint64_t max_bytes = 512u << 20;
    std::chrono::milliseconds rescan{10'000}; // inotify tells of changes long before
    std::chrono::milliseconds settle{500};    // a file of which no end of writing was seen stays unchanged so long
};

} // namespace vn
