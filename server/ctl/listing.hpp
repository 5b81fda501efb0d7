// vnctl's lists: of requests, and of the tasks that a request waits for. Each gives the exit code.
#pragma once

#include "ctl/client.hpp"

#include <cstddef>
#include <string>

namespace vn::ctl {

// The newest first, as many pages as that takes; a line for each. status empty: all. json: the server's pages, a line
// each.
int list_requests(client& server, const std::string& status, std::size_t limit, bool json);

// The state of a request, and a line for each task of its current group that has no result yet.
int show_tasks(client& server, const std::string& id, bool json);

} // namespace vn::ctl
