// What vnctl was asked to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

struct vnctl_command_line
{
    enum class command
    {
        plugins,
        list_functions,
        call_function,
        submit,
        status,
        results,
        watch,
        list_requests,
        cancel,
        retry,
        list_dead,
        show_dead,
        requeue_dead,
        drop_dead,
        audit
    };

    command what = command::plugins;
    std::string server = "http://127.0.0.1:8080";
    std::string user; // for the server's audit
    std::string config;
    std::string drop; // instead of the drop folder of the settings
    std::string file;
    std::string id;
    std::string name; // of the function
    std::vector<std::string> arguments;
    long timeout = 3'600; // seconds
    bool json = false;
    bool wait = false;
    bool tasks = false;
    std::string of_status; // only requests with this one
    std::size_t most = 50; // requests or entries listed
    std::string stream;    // of dead entries; empty: all
    std::string entry;
};

// Nothing: said what there was to say; code is the exit code.
std::optional<vnctl_command_line> read_vnctl_command_line(int argc, char** argv, int& code);
