// Lets threads that hydrate wait for calls that only the I/O thread can make.
#pragma once

#include "core/async.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace vn {

// Shared by those who call; what they wait for always comes to an end: by an answer, in time, or by close().
class blocking_calls : public std::enable_shared_from_this<blocking_calls>
{
public:
    using answer = result<std::string, failure>;
    using call = std::function<awaitable<answer>(std::chrono::milliseconds limit)>;

    // I/O thread. The group outlives close(). limit is for one call, from asking to answer.
    blocking_calls(asio::any_io_executor ex, task_group& group, std::chrono::milliseconds limit)
        : ex_(std::move(ex)), group_(group), limit_(limit), io_thread_(std::this_thread::get_id())
    {}

    // Any thread but the I/O thread; there it is refused, as nobody could answer. Codes: those of the call,
    // plugin-deadline, plugin-unavailable.
    answer blocking_run(call what);

    // I/O thread. Whoever waits is answered, and so are those who come later. Calls that run are the group's.
    void close();
    // I/O thread: where it is, if it is not the one that made this.
    void here();

private:
    struct waiting
    {
        std::optional<answer> got;
    };

    void start(const std::shared_ptr<waiting>& who, call what);
    awaitable<void> run(std::shared_ptr<waiting> who, call what);
    void give(waiting& who, answer a);

    asio::any_io_executor ex_;
    task_group& group_;
    const std::chrono::milliseconds limit_;

    std::mutex mutex_;
    std::condition_variable answered_;
    std::thread::id io_thread_;
    bool closed_ = false;
};

} // namespace vn
