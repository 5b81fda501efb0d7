// How the process asks for memory and gives it back.
#pragma once

namespace vn {

// What large documents took goes back to the system when they are gone. Once, before there is a second thread.
void keep_no_large_memory();

} // namespace vn
