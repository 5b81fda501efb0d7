// A call of a plugin with the smallest host there can be: what is written goes into a string.
#pragma once

#include <vn/plugin.h>

#include <string>

namespace vn::bench {

// Of a task named noop; borrows both. The call lives as long as they do.
vn_call bare_call(const std::string& document, std::string& output);

} // namespace vn::bench
