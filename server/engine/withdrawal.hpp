// The attempts of ended requests whose groups are too large for one script.
#pragma once

#include "core/async.hpp"
#include "redis/client.hpp"

namespace vn {

// Takes them out of the dispatch stream, page by page, until none is left or Redis does not answer: then whoever calls
// this next goes on, a sweeper at the latest. Several may call it at once, on several nodes.
awaitable<void> withdraw_rest(redis::client& redis);

} // namespace vn
