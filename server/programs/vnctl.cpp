// The command line of clients and operators.
#include "app/settings_places.hpp"
#include "ctl/control.hpp"
#include "ctl/dead.hpp"
#include "ctl/exit_codes.hpp"
#include "ctl/functions.hpp"
#include "ctl/listing.hpp"
#include "ctl/requests.hpp"
#include "programs/vnctl_command_line.hpp"

#include <iostream>
#include <unistd.h>

namespace {

using namespace vn::ctl;

// As a server that is started with this file would have it; nothing if it would not start.
std::optional<function_places> find_functions(const vnctl_command_line& c)
{
    const auto file = c.config.empty() ? vn::find_settings_file("/proc/self/exe") : std::filesystem::path(c.config);
    const auto loaded = vn::load_settings(file, vn::process_environment());
    for (const auto& mistake : loaded.mistakes)
        std::cerr << "vnctl: " << mistake << '\n';
    if (!loaded.mistakes.empty())
        return std::nullopt;
    const auto& s = loaded.values;
    function_places where{s.plugin_folder, s.plugins, s.plugin_choices};
    if (!c.drop.empty())
        where.folders.dropped = std::filesystem::absolute(c.drop);
    return where;
}

int run_function_command(const vnctl_command_line& c)
{
    const auto where = find_functions(c);
    if (!where)
        return bad_usage;
    return c.what == vnctl_command_line::command::call_function ? call_function(*where, c.name, c.arguments, c.json)
                                                                : list_functions(*where, c.json);
}

int run_server_command(const vnctl_command_line& c)
{
    client http(c.server, c.user);
    const output how{c.json, ::isatty(STDOUT_FILENO) == 1};
    const std::chrono::seconds limit(c.timeout);
    using enum vnctl_command_line::command;
    switch (c.what)
    {
    case plugins:
        return list_plugins(http, how);
    case submit:
        return vn::ctl::submit(http, c.file, c.wait, limit, how);
    case status:
        return c.tasks ? show_tasks(http, c.id, c.json) : show_status(http, c.id, how);
    case results:
        return show_results(http, c.id, how);
    case watch:
        return vn::ctl::watch(http, c.id, limit, how);
    case vnctl_command_line::command::list_requests:
        return vn::ctl::list_requests(http, c.of_status, c.most, c.json);
    case cancel:
        return vn::ctl::cancel(http, c.id, c.json);
    case retry:
        return vn::ctl::retry(http, c.id, c.wait, limit, how);
    case vnctl_command_line::command::list_dead:
        return vn::ctl::list_dead(http, c.stream, c.most, c.json);
    case vnctl_command_line::command::show_dead:
        return vn::ctl::show_dead(http, c.entry, c.json);
    case vnctl_command_line::command::requeue_dead:
        return vn::ctl::requeue_dead(http, c.entry, c.json);
    case vnctl_command_line::command::drop_dead:
        return vn::ctl::drop_dead(http, c.entry, c.json);
    case audit:
        return list_audit(http, c.most, c.json);
    case vnctl_command_line::command::list_functions:
    case call_function:
        break;
    }
    return run_function_command(c);
}

} // namespace

int main(int argc, char** argv)
{
    int code = success;
    const auto asked = read_vnctl_command_line(argc, argv, code);
    if (!asked)
        return code;
    return run_server_command(*asked);
}
