// vnctl's commands that change what a request does. Each gives the exit code.
#pragma once

#include "ctl/requests.hpp"

namespace vn::ctl {

int cancel(client& server, const std::string& id, bool json);
// A failed request goes on at its first unfinished task. With wait, as submit.
int retry(client& server, const std::string& id, bool wait, std::chrono::seconds limit, output how);

} // namespace vn::ctl
