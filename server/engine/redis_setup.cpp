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
    constexpr auto shortest = std::chrono::milliseconds(100);
    constexpr auto longest = std::chrono::milliseconds(500);
    for (auto wait = shortest;;)
    {
        const auto generation = redis_.generation();
        if (!done_ || generation != generation_)
        {
            done_ = false;
            why_not_ = co_await attempt();
            done_ = !why_not_ && !too_old_;
            generation_ = generation;
            wait = done_ ? shortest : std::min(2 * wait, longest);
        }
        if (done_)
            first_done_.set();
        co_await pause_for(wait);
    }
}

std::optional<std::string> redis_setup::not_done() const
{
    if (too_old_)
        return "Redis is older than 7.0";
    if (done_ && generation_ == redis_.generation())
        return std::nullopt;
    if (redis_.why_down())
        return redis_.why_down().message();
    return why_not_ ? why_not_.message() : "just connected, not looked at yet";
}

awaitable<error_code> redis_setup::attempt()
{
    redis::command info;
    info.push("INFO", "server");
    auto server = co_await redis_.exec(info);
    if (!server)
        co_return server.error();
    if (major_version(server->text()) < 7)
    {
        if (!std::exchange(too_old_, true))
            log::error("Redis is older than 7.0 and cannot be used");
        co_return error_code();
    }
    too_old_ = false;
    namespace keys = redis::keys;
    for (const auto stream : {keys::ingest, keys::ingest_high, keys::ingest_low})
        if (auto ec = co_await redis::make_group(redis_.commands(), stream, keys::orchestrators))
            co_return ec;
    for (const auto stream : {keys::dispatch, keys::dispatch_high, keys::dispatch_low})
        if (auto ec = co_await redis::make_group(redis_.commands(), stream, keys::workers))
            co_return ec;

    redis::command memory;
    memory.push("INFO", "memory");
    auto policy = co_await redis_.exec(memory);
    if (policy && policy->text().find("maxmemory_policy:noeviction") == std::string_view::npos)
        log::warning("Redis may evict keys: requests can be lost; set maxmemory-policy noeviction");
    co_return error_code();
}

} // namespace vn
