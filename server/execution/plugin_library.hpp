// A plugin's .so in this process: loaded, and its table checked before anything in it is called. Used by
// vn-plugin-host and by inline plugins. No Asio.
#pragma once

#include "execution/plugin_description.hpp"

#include <vn/plugin.h>

#include <string>
#include <string_view>
#include <unordered_map>

namespace vn {

// Loads the file (absolute path) and checks the whole table. The library stays mapped until the process ends: code of
// it may still be referred to (thread-local destructors, atexit), and what was loaded once costs nothing more.
//
// Blocking: static constructors of the library run here, and vn_plugin_entry(). Code plugin-refused; the message is
// one line that has the loader's words, or both versions where they differ.
result<const vn_plugin*, failure> blocking_load_plugin(const std::string& path);

// What an instance can do, by id: its tables, checked likewise. NULL: not offered.
struct plugin_tables
{
    const vn_task* task = nullptr;
    const vn_functions* functions = nullptr;
    const vn_fetcher* fetcher = nullptr;

    std::unordered_map<std::string_view, const vn_function*> by_name;
};

// Asks an instance for its capabilities and describes the plugin by them. Code plugin-refused.
result<plugin_description, failure> read_tables(const vn_plugin& plugin, vn_instance* instance, plugin_tables& out);

} // namespace vn
