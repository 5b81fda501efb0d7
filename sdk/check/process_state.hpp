// What of a process belongs to all of it, and is not a plugin's to change.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace vn::check {

// Named values, always in the same order: locale, working folder, umask, signal handlers, environment, ...
using process_state = std::vector<std::pair<std::string, std::string>>;

process_state state_of_process();

// One line for each difference.
std::vector<std::string> differences(const process_state& before, const process_state& after);

std::size_t open_descriptors();
std::size_t running_threads();

} // namespace vn::check
