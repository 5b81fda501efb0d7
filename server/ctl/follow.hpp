// Waiting for the end of a request.
#pragma once

#include "ctl/client.hpp"
#include "ctl/progress.hpp"

#include <chrono>
#include <string>

namespace vn::ctl {

// Looks at the state, soon at first, then less and less often, until the request has ended: success or failed. After
// limit: timed_out, said on standard error. A server that cannot be reached any more is asked on for a minute; the
// first answer has to come at once.
int follow(client& server, const std::string& id, std::chrono::seconds limit, bool json, progress& shown);

} // namespace vn::ctl
