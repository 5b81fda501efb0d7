#include "engine/redis_setup.hpp"

#include "core/log.hpp"
#include "redis/consumer_group.hpp"
#include "redis/keys.hpp"

#include <charconv>

namespace vn {

namespace {

// "7.0.15" behind "redis_version:"
int major_version(std::string_view info)
{
    constexpr std::string_view name = "redis_version:";
    const auto at = info.find(name);
    int major = 0;
    if (at != info.npos)
        std::from_chars(info.data() + at + name.size(), info.data() + info.size(), major);
    return major;
}

} // namespace

awaitable<void> redis_setup::run()
{
    for (auto wait = std::chrono::milliseconds(50);; wait = std::min(wait * 2, std::chrono::milliseconds(2'000)))
    {
        auto r = co_await attempt();
        if (r && *r)
        {
            done_ = true;
            co_return;
        }
        if (!r)
            reason_ = r.error().message();
        co_await pause_for(wait);
    }
}

awaitable<result<bool>> redis_setup::attempt()
{
    redis::command info;
    info.push("INFO", "server");
    auto server = co_await redis_.exec(info);
    if (!server)
        co_return server.error();
    if (major_version(server->text()) < 7)
    {
        if (reason_.find("7.0") == reason_.npos)
            log::error("Redis is older than 7.0 and cannot be used");
        reason_ = "Redis is older than 7.0";
        co_return false;
    }
    if (auto ec = co_await redis::make_group(redis_.commands(), redis::keys::ingest, redis::keys::orchestrators))
        co_return ec;
    if (auto ec = co_await redis::make_group(redis_.commands(), redis::keys::dispatch, redis::keys::workers))
        co_return ec;

    redis::command memory;
    memory.push("INFO", "memory");
    auto policy = co_await redis_.exec(memory);
    if (policy && policy->text().find("maxmemory_policy:noeviction") == std::string_view::npos)
        log::warning("Redis may evict keys: requests can be lost; set maxmemory-policy noeviction");
    co_return true;
}

} // namespace vn
