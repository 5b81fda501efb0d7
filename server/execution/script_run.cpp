#include "execution/script_run.hpp"

#include "core/children.hpp"
#include "core/log.hpp"
#include "core/task_group.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace vn {

namespace {

using namespace std::chrono_literals;
using stream = asio::posix::stream_descriptor;

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
            ::close(fd);
        fd = -1;
    }
    int release() { return std::exchange(fd, -1); }
};

struct pipe_ends
{
    descriptor read;
    descriptor write;

    bool open() { return ::pipe2(ends(), O_CLOEXEC) == 0 && take(); }

private:
    std::array<int, 2> both_{-1, -1};
    int* ends() { return both_.data(); }
    bool take()
    {
        read.fd = both_[0];
        write.fd = both_[1];
        return true;
    }
};

// The other end keeps blocking: the flag belongs to each end of its own.
int not_blocking(descriptor& d)
{
    ::fcntl(d.fd, F_SETFL, O_NONBLOCK);
    return d.release();
}

class run
{
public:
    run(asio::any_io_executor ex, const std::string& document, script_bounds bounds)
        : ex_(ex), bounds_(bounds), document_(document), in_(ex), out_(ex), err_(ex),
          parts_(ex, [](std::exception_ptr) {})
    {}

    result<void> start(process_plan& plan)
    {
        pipe_ends in;
        pipe_ends out;
        pipe_ends err;
        if (!in.open() || !out.open() || !err.open())
            return error_code(errno, boost::system::system_category());
        plan.in = in.read.fd;
        plan.out = out.write.fd;
        plan.err = err.write.fd;
        in_.assign(not_blocking(in.write));
        // What fits into the pipe needs nobody to carry it.
        const auto n = ::write(in_.native_handle(), document_.data(), document_.size());
        written_ = n > 0 ? static_cast<std::size_t>(n) : 0;
        if (written_ == document_.size())
            in_.close();

        auto started = process::start(ex_, plan);
        if (!started)
            return started.error();
        process_.emplace(std::move(*started));
        out_.assign(not_blocking(out.read));
        err_.assign(not_blocking(err.read));
        return {};
    }

    // Until it has ended, its time is over or terminal is asked for.
    awaitable<void> accompany(const asio::cancellation_state& state)
    {
        if (in_.is_open())
            parts_.spawn([this] { return feed(); });
        parts_.spawn([this] { return read_output(); });
        parts_.spawn([this] { return read_errors(); });

        co_await process_->wait(bounds_.time_left);
        if (process_->has_ended())
            co_return;
        if (!is_terminal(state) && report_.how == script_report::ending::by_itself)
            report_.how = script_report::ending::deadline;
        // Another cancellation ends this wait too: then it is killed at once.
        process_->signal_group(SIGTERM);
        co_await process_->wait(bounds_.grace);
    }

    // Nothing of the tree is left afterwards, and all that was written before has been read.
    awaitable<void> finish()
    {
        process_->signal_group(SIGKILL);
        co_await process_->wait(longest_dying);
        if (!process_->has_ended())
            log::error("a killed script does not end", {{"pid", process_->id()}});

        const auto until = clock::now() + longest_dying;
        auto pause = clock::duration(200us);
        while (children::kill_strays() > 0 && clock::now() < until)
        {
            co_await pause_for(pause);
            pause = std::min<clock::duration>(2 * pause, 20ms);
        }

        error_code ignored;
        in_.close(ignored);
        parts_.close();
        co_await asio::co_spawn(ex_, parts_.join(), asio::cancel_after(output_grace, as_result));
        if (parts_.joined())
            co_return;
        parts_.cancel(asio::cancellation_type::terminal);
        co_await parts_.join();
    }

    script_report take_report()
    {
        report_.end = process_->has_ended() ? process_->end() : process_end{0, SIGKILL};
        return std::move(report_);
    }

private:
    // A script need not read its input: a closed pipe is no failure.
    awaitable<void> feed()
    {
        co_await asio::async_write(in_, asio::buffer(document_) + written_, as_result);
        error_code ignored;
        in_.close(ignored);
    }

    awaitable<void> read_output()
    {
        std::array<char, 16 << 10> part;
        for (;;)
        {
            auto [error, n] = co_await out_.async_read_some(asio::buffer(part), as_result);
            if (report_.output.size() + n > bounds_.output_bytes)
            {
                report_.how = script_report::ending::too_much_output;
                process_->signal_group(SIGKILL);
                co_return;
            }
            report_.output.append(part.data(), n);
            if (error)
                co_return;
        }
    }

    awaitable<void> read_errors()
    {
        std::array<char, 4 << 10> part;
        for (;;)
        {
            auto [error, n] = co_await err_.async_read_some(asio::buffer(part), as_result);
            report_.errors.append(part.data(), std::min(n, bounds_.error_bytes - report_.errors.size()));
            if (error)
                co_return;
        }
    }

    asio::any_io_executor ex_;
    script_bounds bounds_;
    const std::string& document_;
    std::size_t written_ = 0;
    std::optional<process> process_;
    stream in_;
    stream out_;
    stream err_;
    script_report report_;
    task_group parts_;
};

} // namespace

awaitable<result<script_report>> run_script(process_plan plan, const std::string& document, script_bounds bounds)
{
    auto ex = co_await asio::this_coro::executor;
    const auto state = co_await asio::this_coro::cancellation_state;
    run script(ex, document, bounds);
    const auto started = script.start(plan);
    if (!started)
        co_return started.error();

    // From here on nothing may throw until the tree is gone.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await script.accompany(state);
    co_await shielded(script.finish());
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (is_terminal(state))
        co_return asio::error::operation_aborted;
    co_return script.take_report();
}

} // namespace vn
