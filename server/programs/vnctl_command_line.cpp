#include "programs/vnctl_command_line.hpp"

#include "ctl/exit_codes.hpp"

#include <CLI/CLI.hpp>

std::optional<vnctl_command_line> read_vnctl_command_line(int argc, char** argv, int& code)
{
    using command = vnctl_command_line::command;
    vnctl_command_line c;
    CLI::App app("vnctl: submits requests to a vnserver and follows them, lists plugins, calls functions.\n"
                 "Exit codes: 0 success, 1 failed, 2 wrong usage, 3 not found, 4 cannot connect, 5 timed out.",
                 "vnctl");
    bool list = false;
    app.set_version_flag("--version", "vnctl " VN_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--server", c.server, "URL of the server")->envname("VNCTL_SERVER")->capture_default_str();
    app.add_flag("--json", c.json, "JSON instead of text");
    const auto of_request = [&](CLI::App* sub) {
        sub->add_option("ID", c.id, "of the request")->required();
        return sub;
    };
    const auto limited = [&](CLI::App* sub) {
        sub->add_option("--timeout", c.timeout, "seconds to wait at most; exit code 5 when they are over")
            ->capture_default_str()
            ->check(CLI::Range(1, 604'800));
    };
    auto* plugins = app.add_subcommand("plugins", "plugins of the server: offered, draining and refused");
    auto* functions = app.add_subcommand("functions", "functions of plugins; needs no server");
    functions->add_flag("--list", list, "list all with their arguments");
    functions->add_option("--config", c.config,
                          "settings file of the server, which says where plugins are; found as "
                          "the server finds it if left out");
    functions->add_option("--plugins", c.drop, "drop folder to look in instead of that of the settings");
    auto* call = functions->add_subcommand("call", "call one and print what it gives");
    call->add_option("NAME", c.name)->required();
    call->add_option("ARGUMENT", c.arguments);
    call->prefix_command();
    auto* submit = app.add_subcommand("submit", "submit a request document; prints its id");
    submit->add_option("FILE", c.file, "- for standard input")->required();
    submit->add_flag("--wait", c.wait, "until it has ended, and print the response");
    limited(submit);
    auto* status = of_request(app.add_subcommand("status", "how far a request has come"));
    auto* results = of_request(app.add_subcommand("results", "the response of a request"));
    limited(of_request(app.add_subcommand("watch", "follow a request until it has ended")));
    auto* listing = app.add_subcommand("list", "requests, the newest first");
    listing->add_option("--status", c.of_status, "only those with this status")
        ->check(CLI::IsMember({"received", "started", "running", "succeeded", "failed", "cancelled"}));
    listing->add_option("--limit", c.most, "at most")->capture_default_str()->check(CLI::Range(1, 100'000));
    status->add_flag("--tasks", c.tasks, "and what its current group waits for, task by task");
    try
    {
        app.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        code = app.exit(e) == 0 ? vn::ctl::success : vn::ctl::bad_usage;
        return std::nullopt;
    }
    // What looks like an option is an argument of the function: -5.
    const auto rest = call->remaining();
    c.arguments.insert(c.arguments.end(), rest.begin(), rest.end());
    c.what = *plugins     ? command::plugins
             : *listing   ? command::list_requests
             : *call      ? command::call_function
             : *functions ? command::list_functions
             : *submit    ? command::submit
             : *status    ? command::status
             : *results   ? command::results
                          : command::watch;
    return c;
}
