// Child processes: started without a shell, in a session of their own, with nothing inherited but what is listed
// here, and waited for without a thread. How they are started is in process_start.cpp.
#pragma once

#include "core/async.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <string>
#include <sys/types.h>
#include <vector>

namespace vn {

// 0: as this process.
struct process_limits
{
    std::size_t open_files = 0;
    std::size_t memory_bytes = 0; // of address space
    std::size_t file_bytes = 0;   // of any file it writes
    std::size_t processes = 0;    // of its user, all together; no limit for root
    std::chrono::seconds cpu{0};
};

struct process_plan
{
    std::string path;                     // absolute: nothing is searched
    std::vector<std::string> arguments;   // after the first, which is path
    std::vector<std::string> environment; // the whole of it, NAME=value
    std::string folder = "/";
    // Become its descriptors 0, 1 and 2; borrowed until start() returns. -1: /dev/null.
    int in = -1;
    int out = -1;
    int err = -1;
    // Becomes its descriptor 3; borrowed likewise. -1: none. It has no others.
    int channel = -1;
    process_limits limits;
    std::string mark; // of its descendants: see children::start()
};

// What start() failed for is the machine's shortage of descriptors, memory or processes, not the program: it may start
// in a moment.
bool is_shortage(const error_code& ec) noexcept;

struct process_end
{
    int code = 0;
    int signal = 0; // not 0: ended by it, and code means nothing

    bool operator==(const process_end&) const = default;
};

// One child process, leader of its own session and group. It is killed when the thread that called start() ends, so
// start from threads that last. I/O thread only.
class process
{
public:
    // The error is the one execve() or the step before it gave (ENOENT, EACCES, ENOEXEC, E2BIG, EAGAIN, ...).
    static result<process> start(asio::any_io_executor ex, const process_plan& plan);

    process(process&& other) noexcept;
    process& operator=(process&&) = delete;
    // A process that was not seen to end is killed; reaped here or by the next children::kill_strays().
    ~process();

    pid_t id() const noexcept { return id_; }

    // Returns when it has ended, after limit, or when the waiter is cancelled: see has_ended(). What is left of its
    // group is killed with it; for what left the group there is children::kill_strays(). May be called again.
    awaitable<void> wait(clock::duration limit = clock::duration::max());

    bool has_ended() const noexcept { return ended_; }
    // Only when has_ended().
    process_end end() const noexcept { return end_; }

    // To the whole group; nothing when it has ended.
    void signal_group(int signal) noexcept;

private:
    process(asio::any_io_executor ex, pid_t id, int pidfd);
    bool reap();

    pid_t id_;
    asio::posix::stream_descriptor pidfd_;
    bool ended_ = false;
    process_end end_;
};

// As process::start(), without an object to own the child: its pid, and a descriptor that is readable when it ends.
// The child is registered with children; who called waits, and reaps it by children::reap().
struct started_process
{
    pid_t id;
    int pidfd;
};
result<started_process> start_process(const process_plan& plan);

} // namespace vn
