#include "execution/script_process.hpp"

#include "core/children.hpp"
#include "core/log.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace vn {

namespace {

using namespace std::chrono_literals;

// How long the end of what was killed is waited for, and the end of its output.
constexpr auto longest_dying = 5s;
constexpr auto output_grace = 100ms;

struct descriptor
{
    int fd = -1;

    descriptor() = default;
    descriptor(const descriptor&) = delete;
    ~descriptor() { reset(); }
    void reset()
    {
        if (fd >= 0)
            ::close(std::exchange(fd, -1));
    }
};

bool open_pipe(descriptor& read, descriptor& write)
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    read.fd = ends[0];
    write.fd = ends[1];
    return true;
}

// What there is to read of a pipe that poll() has looked at. False when nothing more can come.
template <class Take>
bool read_part(const pollfd& seen, Take take)
{
    if ((seen.revents & POLLIN) == 0)
        return seen.revents == 0;
    std::array<char, 16 << 10> part;
    const ssize_t n = ::read(seen.fd, part.data(), part.size());
    if (n <= 0)
        return n < 0 && errno == EINTR;
    const auto size = static_cast<std::size_t>(n);
    take(part.data(), size);
    // Nobody holds the other end any more, and the pipe is empty.
    return (seen.revents & POLLHUP) == 0 || size == part.size();
}

template <class Duration>
int milliseconds(Duration d)
{
    return static_cast<int>(std::max<long long>(std::chrono::ceil<std::chrono::milliseconds>(d).count(), 0));
}

} // namespace

struct script_process::pipes
{
    descriptor in;
    descriptor out;
    descriptor err;
    descriptor exit;
    pid_t id = 0;
};

script_process::script_process(process_plan plan, const std::string& document, script_bounds bounds,
                               std::chrono::milliseconds unwatched)
    : plan_(std::move(plan)), document_(document), bounds_(bounds), unwatched_(unwatched)
{}

std::chrono::microseconds script_process::blocking_run()
{
    pipes p;
    if (start(p))
    {
        accompany(p);
        finish(p);
    }
    return processor_;
}

bool script_process::start(pipes& p)
{
    {
        const std::lock_guard lock(mutex_);
        over_ = told_ != 0;
        report_.end = {0, SIGKILL};
        if (over_)
            return false;
    }
    descriptor in;
    descriptor out;
    descriptor err;
    if (!open_pipe(in, p.in) || !open_pipe(p.out, out) || !open_pipe(p.err, err))
    {
        error_ = {errno, boost::system::system_category()};
        return false;
    }
    // What fits into the pipe needs nobody to carry it. PIPE_BUF fits into any that is empty.
    if (document_.size() > PIPE_BUF)
        ::fcntl(p.in.fd, F_SETFL, O_NONBLOCK);
    feed(p);
    plan_.in = in.fd;
    plan_.out = out.fd;
    plan_.err = err.fd;
    const auto started = start_process(plan_);
    if (!started)
    {
        error_ = started.error();
        return false;
    }
    p.exit.fd = started->pidfd;
    p.id = started->id;
    const std::lock_guard lock(mutex_);
    id_ = p.id;
    if (told_ != 0)
        ::kill(-id_, told_);
    return true;
}

// A script need not read its input: a closed pipe is no failure.
void script_process::feed(pipes& p)
{
    const auto n = ::write(p.in.fd, document_.data() + written_, document_.size() - written_);
    const bool later = n < 0 && (errno == EAGAIN || errno == EINTR);
    written_ += n > 0 ? static_cast<std::size_t>(n) : 0;
    if (written_ == document_.size() || (n < 0 && !later))
        p.in.reset();
}

void script_process::accompany(pipes& p)
{
    pollfd end{p.exit.fd, POLLIN, 0};
    bool exited = p.in.fd < 0 && ::poll(&end, 1, milliseconds(unwatched_)) > 0;
    bool lives = true;
    while (!exited && lives)
    {
        std::array<pollfd, 4> all{{end, {p.out.fd, POLLIN, 0}, {p.err.fd, POLLIN, 0}, {p.in.fd, POLLOUT, 0}}};
        if (::poll(all.data(), all.size(), milliseconds(longest_dying)) < 0)
            continue; // EINTR: there is no other error that it could have
        exited = all[0].revents != 0;
        if (!read_part(all[1], [&](const char* part, std::size_t n) { take_output(part, n); }))
            p.out.reset();
        if (!read_part(all[2], [&](const char* part, std::size_t n) { take_errors(part, n); }))
            p.err.reset();
        if (all[3].revents != 0)
            feed(p);
        lives = exited || !does_not_die();
    }
    bury(p.id, exited);
}

bool script_process::does_not_die()
{
    const std::lock_guard lock(mutex_);
    return killed_ != clock::time_point::max() && clock::now() - killed_ > longest_dying;
}

// While it is not reaped its number, and so the group's, cannot belong to anybody else.
void script_process::bury(pid_t id, bool exited)
{
    const std::lock_guard lock(mutex_);
    over_ = true;
    id_ = 0;
    ::kill(-id, SIGKILL);
    int status = 0;
    if (!exited || !children::reap(id, status, &processor_))
    {
        log::error("a killed script does not end", {{"pid", id}});
        children::forget(id);
    }
    // Reaped by somebody else: how it ended is unknown, so it counts as killed.
    else if (status != -1 && WIFSIGNALED(status))
        report_.end = {0, WTERMSIG(status)};
    else if (status != -1)
        report_.end = {WEXITSTATUS(status), 0};
}

// Nothing of the tree is left afterwards, and all that was written before has been read.
void script_process::finish(pipes& p)
{
    const auto until = clock::now() + longest_dying;
    auto pause = clock::duration(200us);
    while (children::kill_strays() > 0 && clock::now() < until)
    {
        std::this_thread::sleep_for(pause);
        pause = std::min<clock::duration>(2 * pause, 20ms);
    }

    p.in.reset();
    const auto latest = clock::now() + output_grace;
    while (p.out.fd >= 0 || p.err.fd >= 0)
    {
        std::array<pollfd, 2> both{{{p.out.fd, POLLIN, 0}, {p.err.fd, POLLIN, 0}}};
        const int n = ::poll(both.data(), both.size(), milliseconds(latest - clock::now()));
        if (n == 0 || (n < 0 && clock::now() > latest))
            return;
        if (n < 0)
            continue;
        if (!read_part(both[0], [&](const char* part, std::size_t size) { take_output(part, size); }))
            p.out.reset();
        if (!read_part(both[1], [&](const char* part, std::size_t size) { take_errors(part, size); }))
            p.err.reset();
    }
}

void script_process::take_output(const char* part, std::size_t size)
{
    if (report_.output.size() + size > bounds_.output_bytes)
        tell(SIGKILL, script_report::ending::too_much_output);
    else
        report_.output.append(part, size);
}

void script_process::take_errors(const char* part, std::size_t size)
{
    report_.errors.append(part, std::min(size, bounds_.error_bytes - report_.errors.size()));
}

void script_process::tell(int signal, script_report::ending why)
{
    const std::lock_guard lock(mutex_);
    // What is left in the pipe at its end can be too much as well.
    if (why_ == script_report::ending::by_itself && (!over_ || why == script_report::ending::too_much_output))
        why_ = why;
    if (over_)
        return;
    told_ = signal;
    if (signal == SIGKILL)
        killed_ = std::min(killed_, clock::now());
    if (id_ != 0)
        ::kill(-id_, signal);
}

result<script_report> script_process::take()
{
    if (error_)
        return error_;
    report_.how = why_;
    return std::move(report_);
}

} // namespace vn
