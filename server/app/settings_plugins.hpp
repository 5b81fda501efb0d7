// The sections of the settings that repeat: routes of tasks, and one for each plugin. The rest is in
// settings_table.cpp.
//
//   tasks
//   {
//       route { name "fx-*" plugin "fx" }      ; as often as needed
//   }
//   plugins
//   {
//       bond { run "inline" hosts "4" settings { rate 0.03 } }
//       py { command "/usr/bin/python3 worker.py" tasks "a,b" }
//   }
#pragma once

#include "app/settings.hpp"
#include "app/settings_file.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace vn {

class plugin_sections
{
public:
    // True if the entry is of such a section; then mistake says what is wrong, if anything.
    bool take(const settings_entry& entry, const std::filesystem::path& folder, std::string& mistake);
    // Puts what was taken into the settings. What is missing, one line each.
    std::vector<std::string> finish(settings& into);

private:
    bool take_route(const settings_entry& entry, std::string& mistake);
    bool take_plugin(const settings_entry& entry, const std::filesystem::path& folder, std::string& mistake);

    std::map<std::string, task_route> routes_; // by number, as text of equal length
    plugin_choices plugins_;
};

// As in the file, with indent before each line.
std::string print_routes(const settings& values);
std::string print_plugins(const settings& values);

} // namespace vn
