#include "app/memory.hpp"

#include <malloc.h>

namespace vn {

void keep_no_large_memory()
{
#ifdef __GLIBC__
    // Else the first large text that is freed makes the library keep all of that size, in holes that never fit.
    ::mallopt(M_MMAP_THRESHOLD, 512 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
    // One for each thread keeps what another has freed.
    ::mallopt(M_ARENA_MAX, 2);
#endif
}

} // namespace vn
