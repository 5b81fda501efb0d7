// Says on stderr what a signal alone does not: that the stack was full.
#pragma once

namespace vn::plugin_host {

// The signal goes on as it would have: the process ends by it. For the calling thread.
void note_stack_overflow();

} // namespace vn::plugin_host
