#include "programs/vnctl_command_line.hpp"

#include "ctl/exit_codes.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

std::optional<vnctl_command_line> read_vnctl_command_line(int argc, char** argv, int& code)
{
    using command = vnctl_command_line::command;
    vnctl_command_line c;
    CLI::App app(
        "vnctl: submits requests to a vnserver, follows, cancels and retries them; lists plugins, calls functions.\n"
        "Exit codes: 0 success, 1 failed, 2 wrong usage, 3 not found, 4 cannot connect, 5 timed out.",
        "vnctl");
    bool list = false;
    app.set_version_flag("--version", "vnctl " VN_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--server", c.server, "URL of the server")->envname("VNCTL_SERVER")->capture_default_str();
    app.add_option("--user", c.user, "who you are, for the server's audit")->envname("VNCTL_USER");
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
    auto* watching = of_request(app.add_subcommand("watch", "follow a request until it has ended"));
    limited(watching);
    auto* listing = app.add_subcommand("list", "requests, the newest first");
    listing->add_option("--status", c.of_status, "only those with this status")
        ->check(CLI::IsMember({"received", "started", "running", "succeeded", "failed", "cancelled"}));
    const auto of_list = [&](CLI::App* sub) {
        sub->add_option("--limit", c.most, "at most")->capture_default_str()->check(CLI::Range(1, 100'000));
        return sub;
    };
    of_list(listing);
    auto* cancel = of_request(app.add_subcommand("cancel", "end a request that nobody wants any more"));
    auto* retry = of_request(app.add_subcommand("retry", "a failed request goes on at its first unfinished task"));
    retry->add_flag("--wait", c.wait, "until it has ended, and print the response");
    limited(retry);
    auto* audit = of_list(app.add_subcommand("audit", "what was cancelled, retried, requeued and dropped"));
    auto* dead = app.add_subcommand("dead", "entries that could not be used and were parked");
    dead->require_subcommand(1);
    auto* dead_list = of_list(dead->add_subcommand("list", "the newest first"));
    dead_list->add_option("--stream", c.stream, "only those of one")->check(CLI::IsMember({"task", "request"}));
    const auto of_entry = [&](const char* word, const char* what) {
        auto* sub = dead->add_subcommand(word, what);
        sub->add_option("ENTRY", c.entry, "as the list has it: task/... or request/...")->required();
        return sub;
    };
    auto* dead_show = of_entry("show", "one of them with its fields");
    auto* dead_requeue = of_entry("requeue", "give it back to those who work on it");
    auto* dead_drop = of_entry("drop", "delete it");
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
    const std::pair<const CLI::App*, command> chosen[] = {
        {plugins, command::plugins},     {listing, command::list_requests},
        {call, command::call_function},  {functions, command::list_functions},
        {submit, command::submit},       {status, command::status},
        {results, command::results},     {watching, command::watch},
        {cancel, command::cancel},       {retry, command::retry},
        {audit, command::audit},         {dead_list, command::list_dead},
        {dead_show, command::show_dead}, {dead_requeue, command::requeue_dead},
        {dead_drop, command::drop_dead},
    };
    c.what = std::ranges::find_if(chosen, [](const auto& one) { return one.first->parsed(); })->second;
    return c;
}
