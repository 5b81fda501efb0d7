#include "engine/node_presence.hpp"

#include "redis/keys.hpp"

namespace vn {

awaitable<void> node_presence::run()
{
    for (;;)
    {
        redis::command c;
        c.push("SET", redis::keys::node(settings_.node), description_, "PX", (3 * settings_.lease).count());
        co_await redis_.exec(c);
        co_await pause_for(settings_.lease);
    }
}

} // namespace vn
