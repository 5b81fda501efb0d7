// The daemon: settings in, exit code out. Owns the event loop, the embedded Redis and the node.
#pragma once

#include "app/embedded_redis.hpp"
#include "app/node.hpp"
#include "app/settings.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>

namespace vn {

class app
{
public:
    explicit app(settings s);

    // Until SIGTERM or SIGINT. 0 after a stop in order, 1 if the start failed; the reason is logged.
    int run();

private:
    awaitable<int> serve();
    awaitable<result<redis::endpoint, failure>> find_redis();
    // The same, but ends when the server is to stop: then with a failure.
    awaitable<result<redis::endpoint, failure>> find_redis_unless_stopped();
    awaitable<void> look_for_redis(std::optional<result<redis::endpoint, failure>>& found, event& decided);
    awaitable<void> pass_on_stop(event& decided);
    awaitable<void> wait_for_signals();

    settings settings_;
    asio::io_context loop_{1};
    event stop_asked_;
    event hurry_;
    std::unique_ptr<embedded_redis> redis_;
    std::unique_ptr<node> node_;
};

} // namespace vn
