// The command line of clients and operators.
#include "ctl/exit_codes.hpp"
#include "ctl/functions.hpp"
#include "ctl/requests.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <unistd.h>

int main(int argc, char** argv)
{
    using namespace vn::ctl;
    CLI::App app("vnctl: submits requests to a vnserver and follows them, lists plugins, calls functions.\n"
                 "Exit codes: 0 success, 1 failed, 2 wrong usage, 3 not found, 4 cannot connect, 5 timed out.",
                 "vnctl");
    std::string server = "http://127.0.0.1:8080", file, id, name, drop;
    std::vector<std::string> arguments;
    output how{false, ::isatty(STDOUT_FILENO) == 1};
    bool wait = false, list = false;
    long timeout = 3'600;
    app.set_version_flag("--version", "vnctl " VN_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--server", server, "URL of the server")->envname("VNCTL_SERVER")->capture_default_str();
    app.add_flag("--json", how.json, "JSON instead of text");
    const auto command = [&](const char* word, const char* what) { return app.add_subcommand(word, what); };
    const auto of_request = [&](CLI::App* c) {
        c->add_option("ID", id, "of the request")->required();
        return c;
    };
    const auto limited = [&](CLI::App* c) {
        c->add_option("--timeout", timeout, "seconds to wait at most")
            ->capture_default_str()
            ->check(CLI::Range(1, 604'800));
    };
    auto* plugins = command("plugins", "plugins of the server: offered, draining and refused");
    auto* functions = command("functions", "functions of plugins; needs no server");
    functions->add_flag("--list", list, "list all with their arguments");
    functions->add_option("--plugins", drop, "drop folder to look in, beside the shipped plugins")
        ->envname("VN_PLUGIN_DIR");
    auto* call = functions->add_subcommand("call", "call one and print what it gives");
    call->add_option("NAME", name)->required();
    call->add_option("ARGUMENT", arguments);
    call->prefix_command();
    auto* submit_command = command("submit", "submit a request document; prints its id");
    submit_command->add_option("FILE", file, "- for standard input")->required();
    submit_command->add_flag("--wait", wait, "until it has ended, and print the response");
    limited(submit_command);
    auto* status = of_request(command("status", "how far a request has come"));
    auto* results = of_request(command("results", "the response of a request"));
    auto* watching = of_request(command("watch", "follow a request until it has ended"));
    limited(watching);
    try
    {
        app.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return app.exit(e) == 0 ? success : bad_usage;
    }
    if (*call)
    {
        // What looks like an option is an argument here: -5.
        const auto rest = call->remaining();
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        return call_function(find_functions(drop), name, arguments, how.json);
    }
    if (*functions)
        return list_functions(find_functions(drop), how.json);
    client http(server);
    const std::chrono::seconds limit(timeout);
    return *plugins          ? list_plugins(http, how)
           : *submit_command ? submit(http, file, wait, limit, how)
           : *status         ? show_status(http, id, how)
           : *results        ? show_results(http, id, how)
                             : watch(http, id, limit, how);
}
