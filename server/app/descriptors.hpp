// How the descriptors that this process may have are shared out.
#pragma once

#include "app/settings.hpp"

namespace vn {

// Raises the limit as far as it goes; gives what it is then.
std::size_t raise_descriptor_limit();

// The HTTP connections there is room for besides Redis, running tasks and files, at most those that are set; a quarter
// of a limit that is too low for all: the rest waits, each for the other.
std::size_t connections_within(std::size_t limit, const settings& s);

} // namespace vn
