#include "engine/node_presence.hpp"

#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

awaitable<void> node_presence::run()
{
    for (;;)
    {
        const auto limit = (3 * settings_.lease).count();
        redis::command c;
        c.push("SET", redis::keys::node(settings_.node), describe_(), "PX", limit);
        c.push("SADD", redis::keys::nodes, settings_.node);
        c.push("PEXPIRE", redis::keys::nodes, limit);
        co_await redis_.exec(c);
        // Often, because it also tells readiness whether Redis answers.
        co_await pause_for(std::min<clock::duration>(settings_.lease, std::chrono::seconds(1)));
    }
}

} // namespace vn
