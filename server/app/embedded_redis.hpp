// A private redis-server: on a unix socket in the data folder, started and stopped with the server (R25).
// What it has on disk is in redis_folder.hpp.
#pragma once

#include "app/redis_folder.hpp"
#include "core/process.hpp"

#include <optional>
#include <string>

namespace vn {

struct embedded_redis_settings
{
    std::string data_dir;
    std::string program = "redis-server";            // a path, or a name that is looked for in PATH
    std::chrono::milliseconds start_timeout{60'000}; // loading of what was stored included
    std::chrono::milliseconds stop_timeout{10'000};  // between SIGTERM and SIGKILL
    std::chrono::milliseconds first_pause{100};      // before a restart; doubled up to the longest
    std::chrono::milliseconds longest_pause{5'000};
};

// I/O thread only.
class embedded_redis
{
public:
    embedded_redis(asio::any_io_executor ex, embedded_redis_settings settings);
    embedded_redis(const embedded_redis&) = delete;
    // Kills what stop() was not called for.
    ~embedded_redis() = default;

    // Returns its URL, unix://..., when it answers commands. Codes: data-folder (cannot be made or used),
    // data-folder-in-use (by another server), redis-not-startable (no such program, or it ended; its last words are in
    // the message), redis-not-ready (no answer in time). After a failure only stop() may follow.
    awaitable<result<std::string, failure>> start();

    // Starts it again, with growing pauses, whenever it ends. Until cancelled (terminal).
    awaitable<void> run();

    // After everything that uses it. SIGTERM, so that it writes what it holds; SIGKILL when that takes too long.
    awaitable<void> stop();

    // 0 while none runs.
    pid_t process_id() const noexcept;

private:
    awaitable<result<void, failure>> enter_folder();
    awaitable<result<void, failure>> end_occupant();
    awaitable<result<void, failure>> launch();
    awaitable<bool> answers();
    failure not_startable(const std::string& why) const;

    asio::any_io_executor ex_;
    embedded_redis_settings settings_;
    redis_folder folder_;
    std::optional<process> process_;
};

} // namespace vn
