#include "engine/node_presence.hpp"

#include "core/ids.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

awaitable<void> node_presence::run()
{
    for (;;)
    {
        const auto limit = (3 * settings_.lease).count();
        auto text = describe_();
        redis::command c;
        c.push("SET", redis::keys::node(settings_.node), text, "PX", limit);
        c.push("SADD", redis::keys::nodes, settings_.node);
        c.push("PEXPIRE", redis::keys::nodes, limit);
        // After what it tells of.
        if (text != published_)
            c.push("SET", redis::keys::nodes_version, new_id(), "PX", limit);
        else
            c.push("PEXPIRE", redis::keys::nodes_version, limit);
        const auto done = co_await redis_.exec(c);
        if (done)
            published_ = std::move(text);
        // Often, because it also tells readiness whether Redis answers.
        co_await changed_.wait(std::min<clock::duration>(settings_.lease, std::chrono::seconds(1)));
    }
}

} // namespace vn
