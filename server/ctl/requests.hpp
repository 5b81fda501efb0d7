// vnctl's commands about requests and about the server's plugins. Each gives the exit code.
#pragma once

#include "ctl/client.hpp"

#include <chrono>
#include <string>

namespace vn::ctl {

struct output
{
    bool json = false;
    bool terminal = false; // of standard output
};

// file: "-" is standard input. With wait, the response is printed when the request has ended.
int submit(client& server, const std::string& file, bool wait, std::chrono::seconds limit, output how);
// What submit does when it waits: the response on standard output, or the state if there is none.
int await_results(client& server, const std::string& id, std::chrono::seconds limit, output how);
int show_status(client& server, const std::string& id, output how);
int show_results(client& server, const std::string& id, output how);
// Until the request has ended, or the limit passes.
int watch(client& server, const std::string& id, std::chrono::seconds limit, output how);
int list_plugins(client& server, output how);

} // namespace vn::ctl
