#include "app/descriptors.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace vn {

namespace {

// Connections to Redis and those that are made anew beside them, the event loop, folders that are watched, files that
// are read, plugins that are asked what they have.
constexpr std::size_t for_the_server = 64;
// A script: three pipes, its pidfd and its folder. While it is started, both ends of the pipes.
constexpr std::size_t for_a_task = 8;

} // namespace

std::size_t raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    // The usual soft limit is below what the listener may take.
    const auto before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

std::size_t connections_within(std::size_t limit, const settings& s)
{
    const auto reserved = for_the_server + for_a_task * s.engine.max_tasks;
    const auto room = std::max(limit / 4, limit - std::min(limit, reserved));
    return std::clamp<std::size_t>(room, 1, s.http.max_connections);
}

} // namespace vn
