#include "engine/request_deadlines.hpp"

#include "core/log.hpp"
#include "core/time_text.hpp"
#include "engine/withdrawal.hpp"

namespace vn {

namespace {

constexpr auto look_again = std::chrono::seconds(1);
constexpr auto for_the_owner = std::chrono::milliseconds(2'000); // it can say more about why
constexpr int requests_at_once = 100;

} // namespace

awaitable<void> request_deadlines::run()
{
    for (;;)
    {
        co_await pause_for(look_again);
        co_await round();
    }
}

awaitable<void> request_deadlines::round()
{
    redis::arguments args;
    args << now_text() << settings_.request_ttl.count() << event_bounds(settings_) << requests_at_once
         << for_the_owner.count();
    auto r = co_await redis_.run(redis::scripts::expire_requests, args, true);
    if (!r)
        co_return;
    if (!r->items().empty())
        co_await withdraw_rest(redis_);
    for (const auto& id : r->items())
        log::info("request failed", {{"request", id.text()}, {"code", "request-deadline"}});
}

} // namespace vn
