// The plugins a server with these settings would have, opened one after the other. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "ctl/functions.hpp"
#include "execution/host_runner.hpp"

#include <functional>
#include <string>

namespace vn::ctl {

struct opened_plugin
{
    std::string file; // where it was found; of a command: plugins.NAME
    plugin_program program;
    plugin_description description;
};

// Commands first, then the shipped folder, then the drop folder, each by name, as the server does; each is given to
// take until that says true. What cannot be opened is told on standard error and left out. copies: a private folder,
// which the programs need as long as they run.
awaitable<void> open_plugins(const function_places& where, const std::string& copies,
                             std::function<bool(opened_plugin)> take);

} // namespace vn::ctl
