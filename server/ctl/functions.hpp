// vnctl's commands about hydration functions. They need no server: plugins are opened as the server would do it, by
// the same settings, in processes of their own.
#pragma once

#include "execution/plugin_choices.hpp"
#include "execution/settings.hpp"

#include <string>
#include <vector>

namespace vn::ctl {

// Of the server's settings what decides which plugins there are and how they run.
struct function_places
{
    plugin_folder_settings folders; // of it shipped, dropped, allow_list and max_bytes
    plugin_settings running;
    plugin_choices choices;
};

int list_functions(const function_places& where, bool json);
// Prints the result. One clear line and exit code 2 for an unknown function or arguments it does not take.
int call_function(const function_places& where, const std::string& name, const std::vector<std::string>& arguments,
                  bool json);

} // namespace vn::ctl
