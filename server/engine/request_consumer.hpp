// Takes requests from the ingest stream, runs them, and keeps their leases. I/O thread only.
#pragma once

#include "core/task_group.hpp"
#include "engine/request_run.hpp"
#include "redis/stream_reader.hpp"

#include <map>
#include <memory>
#include <string>

namespace vn {

class request_consumer
{
public:
    // The runs are spawned into group; e and group outlive the consumer's coroutines.
    request_consumer(asio::any_io_executor ex, task_group& group, const run_environment& e,
                     const redis::endpoint& where, const redis::settings& s);

    awaitable<void> run_connection() { return reader_.run_connection(); }
    // Claims what nobody runs any more, then reads what is new, up to the free places; until totally cancelled.
    awaitable<void> run();
    // Keeps the leases of the requests in hand, until cancelled.
    awaitable<void> keep_leases();
    // What is still in hand goes back, for others to claim at once. When the runs have ended.
    awaitable<void> hand_back();

    // Somebody has cancelled a request: if it runs here, its run ends.
    void cancelled(std::string_view id);

    std::size_t running() const noexcept { return held_.size(); }
    // Why no requests are read; nothing if they are, or if there is no place to read for.
    std::optional<std::string> not_reading() const;

private:
    struct held
    {
        std::string entry;
        std::string epoch;
        std::shared_ptr<request_run> run;
    };

    awaitable<void> take(std::vector<std::string> entries, bool claim);
    awaitable<void> own(std::shared_ptr<request_run> run, slots::lease place);
    void forget(const request_run& run);

    asio::any_io_executor ex_;
    task_group& group_;
    const run_environment& environment_;
    redis::group_reader reader_;
    slots places_;
    std::map<std::string, held, std::less<>> held_; // by request id
    clock::time_point next_claim_ = clock::now();
    bool waits_for_place_ = false;
};

} // namespace vn
