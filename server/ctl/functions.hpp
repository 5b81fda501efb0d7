// vnctl's commands about hydration functions. They need no server: plugins are opened by vn-plugin-host, from the
// shipped folder and the drop folder.
#pragma once

#include <string>
#include <vector>

namespace vn::ctl {

struct function_places
{
    std::vector<std::string> folders;
    std::string host_program;
};

// Where plugins are when nobody says otherwise; drop: the drop folder, empty for none.
function_places find_functions(const std::string& drop);

int list_functions(const function_places& where, bool json);
// Prints the result. One clear line and exit code 2 for an unknown function or arguments it does not take.
int call_function(const function_places& where, const std::string& name, const std::vector<std::string>& arguments,
                  bool json);

} // namespace vn::ctl
