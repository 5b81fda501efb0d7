#include "core/process.hpp"

#include "core/children.hpp"

#include <boost/asio/cancel_after.hpp>

#include <csignal>
#include <sys/wait.h>

namespace vn {

result<process> process::start(asio::any_io_executor ex, const process_plan& plan)
{
    const auto started = start_process(plan);
    if (!started)
        return started.error();
    return process(std::move(ex), started->id, started->pidfd);
}

process::process(asio::any_io_executor ex, pid_t id, int pidfd) : id_(id), pidfd_(std::move(ex), pidfd) {}

process::process(process&& other) noexcept
    : id_(std::exchange(other.id_, 0)), pidfd_(std::move(other.pidfd_)), ended_(other.ended_), end_(other.end_)
{}

process::~process()
{
    if (id_ == 0 || ended_)
        return;
    signal_group(SIGKILL);
    if (!reap())
        children::forget(id_);
}

awaitable<void> process::wait(clock::duration limit)
{
    if (ended_ || reap())
        co_return;
    if (limit == clock::duration::max())
        co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, as_result);
    else
        co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, asio::cancel_after(limit, as_result));
    reap();
}

void process::signal_group(int signal) noexcept
{
    // While it is not reaped its number, and so the group's, cannot belong to anybody else.
    if (!ended_ && id_ != 0)
        ::kill(-id_, signal);
}

bool process::reap()
{
    siginfo_t info{};
    const int answer = ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
    if (answer == 0 && info.si_pid == 0)
        return false;

    if (answer == 0)
        signal_group(SIGKILL);
    int status = 0;
    if (!children::reap(id_, status))
        return false;
    ended_ = true;
    // Reaped by somebody else: how it ended is unknown, so it counts as killed.
    if (status == -1)
        end_ = {0, SIGKILL};
    else if (WIFSIGNALED(status))
        end_ = {0, WTERMSIG(status)};
    else
        end_ = {WEXITSTATUS(status), 0};
    return true;
}

} // namespace vn
