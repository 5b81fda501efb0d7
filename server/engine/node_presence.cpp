#include "engine/node_presence.hpp"

#include "core/ids.hpp"
#include "core/log.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

awaitable<void> node_presence::run()
{
    for (;;)
    {
        co_await be_heard_of();
        const auto ec = co_await publish();
        told(ec);
        // Often, because it also tells readiness what Redis takes; several times in a lease for heard_of.lua.
        co_await changed_.wait(std::min<clock::duration>(settings_.lease / 4, std::chrono::seconds(1)));
    }
}

awaitable<void> node_presence::be_heard_of()
{
    redis::arguments args;
    args << settings_.node << settings_.lease.count();
    co_await redis_.run(redis::scripts::heard_of, args);
}

awaitable<error_code> node_presence::publish()
{
    const auto limit = (3 * settings_.lease).count();
    auto text = describe_();
    redis::command c;
    c.push("SET", keys::node(settings_.node), text, "PX", limit);
    c.push("SADD", keys::nodes, settings_.node);
    c.push("PEXPIRE", keys::nodes, limit);
    if (works_)
        c.push("SET", keys::lanes, settings_.node, "PX", limit);
    // After what it tells of.
    if (text != published_)
        c.push("SET", keys::nodes_version, new_id(), "PX", limit);
    else
        c.push("PEXPIRE", keys::nodes_version, limit);
    auto r = co_await redis_.exec(c);
    const auto answers = r ? r->all() : std::vector<redis::value>();
    if (!answers.empty() && answers.back().text() != "0")
        published_ = std::move(text);
    else
        published_.clear(); // not published, or Redis has forgotten the version
    const auto ec = r ? error_code() : r.error();
    if (redis::is_full(ec))
        co_await publish_in_full_redis(describe_());
    co_return ec;
}

// Without it the others would give up tasks that only this node can run.
awaitable<void> node_presence::publish_in_full_redis(std::string description)
{
    const auto seconds = std::max<long long>(std::chrono::ceil<std::chrono::seconds>(3 * settings_.lease).count(), 1);
    redis::arguments args;
    args << keys::node(settings_.node) << 0 << std::move(description) << seconds;
    co_await redis_.run(redis::scripts::store_part, args);
    redis::command c;
    c.push("EXPIRE", keys::nodes, seconds);
    c.push("EXPIRE", keys::nodes_version, seconds);
    c.push("EXPIRE", keys::lanes, seconds);
    co_await redis_.exec(c);
}

void node_presence::told(error_code ec)
{
    if (ec == asio::error::operation_aborted)
        return;
    // What is wrong with the connection is told by the connection.
    const bool refused = ec.category() == redis::refusal_category();
    if (refused && ec != trouble_)
        log::warning("redis takes nothing new", {{"reason", ec.message()}});
    else if (!ec && trouble_.category() == redis::refusal_category())
        log::info("redis takes new things again");
    trouble_ = ec;
}

std::optional<std::string> node_presence::trouble() const
{
    return trouble_ ? std::optional(trouble_.message()) : std::nullopt;
}

} // namespace vn
