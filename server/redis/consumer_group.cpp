#include "redis/consumer_group.hpp"

#include "core/log.hpp"

#include <chrono>

namespace vn::redis {

awaitable<error_code> make_group(connection& on, std::string_view stream, std::string_view group)
{
    command c;
    c.push("XGROUP", "CREATE", stream, group, "0", "MKSTREAM");
    auto r = co_await on.exec(c);
    co_return r || r.error() == make_error_code(errc::busygroup) ? error_code() : r.error();
}

awaitable<void> give_back(client& by, std::string_view stream, std::string_view group, std::string_view consumer,
                          std::vector<std::string> entries, given_to whom)
{
    // How long they are to seem idle: longer than any lease. claim_tasks.lua tells one from the other.
    constexpr auto handed_back = std::chrono::milliseconds(std::chrono::hours(1));
    constexpr auto passed_on = std::chrono::milliseconds(std::chrono::hours(2));
    if (entries.empty())
        co_return;
    arguments args;
    args << stream << group << consumer << (whom == given_to::anybody ? handed_back : passed_on).count();
    for (const auto& entry : entries)
        args << entry;
    if (whom == given_to::anybody)
        log::info("entries handed back", {{"stream", stream}, {"count", entries.size()}});
    else
        log::debug("entries passed on", {{"stream", stream}, {"count", entries.size()}});
    co_await by.run(scripts::hand_back, args, true);
}

} // namespace vn::redis
