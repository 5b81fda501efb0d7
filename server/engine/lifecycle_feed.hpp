// One reader of the lifecycle stream for the whole node: wakes whoever waits for the end of a request, and tells those
// who work on it. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "domain/life_cycle.hpp"
#include "redis/stream_reader.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

class lifecycle_feed
{
public:
    lifecycle_feed(asio::any_io_executor ex, const redis::endpoint& where, const redis::settings& s);

    awaitable<void> run_connection() { return reader_.run_connection(); }
    // Until cancelled.
    awaitable<void> run();

    // From its construction on it is raised when its request ends, or when that may have been missed; then the state
    // tells. The feed outlives it.
    class watch
    {
    public:
        watch(lifecycle_feed& feed, asio::any_io_executor ex, std::string id);
        ~watch();
        watch(const watch&) = delete;

        signal news;
        // The response of the request, if this node has just written it to Redis and it is not large.
        std::optional<std::string> response;

    private:
        friend lifecycle_feed;
        lifecycle_feed& feed_;
        std::multimap<std::string, watch*, std::less<>>::iterator place_;
    };

    // h is told of every end that is read. One that is missed shows at the next renewal of leases. Before run().
    using end_handler = std::function<void(std::string_view id, request_status)>;
    void on_end(end_handler h) { end_handlers_.push_back(std::move(h)); }

    // The owner of a request, on this node, has ended it with this response: known here before the stream is read.
    void succeeded_here(std::string_view id, std::string_view response);

    // Wakes all who wait: the node is about to stop.
    void wake_all();

    // Why nothing is read, if that is so.
    std::optional<std::string> not_reading() const { return reader_.trouble(); }

private:
    redis::tail_reader reader_;
    std::chrono::milliseconds pause_;
    std::multimap<std::string, watch*, std::less<>> watches_;
    std::vector<end_handler> end_handlers_;
};

} // namespace vn
