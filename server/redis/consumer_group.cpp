#include "redis/consumer_group.hpp"

#include "core/log.hpp"

namespace vn::redis {

awaitable<error_code> make_group(connection& on, std::string_view stream, std::string_view group)
{
    command c;
    c.push("XGROUP", "CREATE", stream, group, "0", "MKSTREAM");
    auto r = co_await on.exec(c);
    co_return r || r.error() == make_error_code(errc::busygroup) ? error_code() : r.error();
}

awaitable<void> give_back(client& by, std::string_view stream, std::string_view group, std::string_view consumer,
                          std::vector<std::string> entries)
{
    if (entries.empty())
        co_return;
    arguments args;
    args << stream << group << consumer;
    for (const auto& entry : entries)
        args << entry;
    log::info("entries handed back", {{"stream", stream}, {"count", entries.size()}});
    co_await by.run(scripts::hand_back, args);
}

} // namespace vn::redis
