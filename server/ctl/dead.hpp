// vnctl's commands about what was parked, and about what people have done. Each gives the exit code.
#pragma once

#include "ctl/client.hpp"

#include <string>

namespace vn::ctl {

// stream: task, request, or empty for both. The newest first, at most limit of each.
int list_dead(client& server, const std::string& stream, std::size_t limit, bool as_json);
// entry: "task/<id>" or "request/<id>", as the list has them.
int show_dead(client& server, const std::string& entry, bool as_json);
int requeue_dead(client& server, const std::string& entry, bool as_json);
int drop_dead(client& server, const std::string& entry, bool as_json);
int list_audit(client& server, std::size_t limit, bool as_json);

} // namespace vn::ctl
