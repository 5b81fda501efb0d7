/* Preloaded into a server by test_clocks.py: the time of day is off by as many seconds as the file in FALSE_CLOCK says,
   eight bytes that may change at any time. The monotonic clock stays what it is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t* file;

__attribute__((constructor)) static void open_file(void)
{
    const char* path = getenv("FALSE_CLOCK");
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void* const mapped = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        file = mapped;
}

int clock_gettime(clockid_t id, struct timespec* at)
{
    const int result = (int)syscall(SYS_clock_gettime, id, at);
    if (result == 0 && file && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        at->tv_sec += *file;
    return result;
}

int gettimeofday(struct timeval* at, void* zone)
{
    (void)zone;
    struct timespec now;
    const int result = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t* at)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
