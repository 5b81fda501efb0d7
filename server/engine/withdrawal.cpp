#include "engine/withdrawal.hpp"

namespace vn {

awaitable<void> withdraw_rest(redis::client& redis)
{
    // So that it ends also where groups come faster than they go.
    constexpr int most_pages = 10'000;
    for (int pages = 0; pages < most_pages; ++pages)
    {
        const auto r = co_await redis.run(redis::scripts::withdraw, {});
        if (!r || r->number() != 1)
            co_return;
    }
}

} // namespace vn
