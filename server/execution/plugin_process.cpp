#include "execution/plugin_process.hpp"

#include "core/children.hpp"
#include "core/log.hpp"
#include "execution/plugin_frames.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <string.h>
#include <sys/resource.h>

namespace vn {

namespace {

using namespace std::chrono_literals;

// How long the end of what was killed is waited for, and the end of its output.
constexpr auto longest_dying = 5s;
constexpr auto output_grace = 100ms;
// What has closed its channel is about to end.
constexpr auto closing_grace = 1s;

std::string signal_name(int signal)
{
    const char* const name = ::sigabbrev_np(signal);
    return name ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

log::level level_of(std::string_view name)
{
    log::level level = log::level::info;
    log::parse_level(name, level);
    return level == log::level::off ? log::level::info : level;
}

} // namespace

plugin_process::plugin_process(asio::any_io_executor ex, const plugin_program& program, const plugin_settings& settings,
                               owner& o)
    : ex_(ex), program_(program), settings_(settings), owner_(o), socket_(ex), printed_pipe_(ex),
      printed_(program.name, settings.printed_bytes), timer_(ex)
{}

awaitable<plugin_process::ending> plugin_process::run()
{
    calls_ = 0;
    stopping_ = ready_ = broke_protocol_ = false;
    killed_for_.clear();
    printed_.forget_last();
    outbox_.clear();
    deadline_ = kill_at_ = clock::time_point::max();

    auto started = start_plugin_process(ex_, program_, settings_);
    if (!started)
        co_return ending{.was_short = is_shortage(started.error()),
                         .how = "could not be started: " + started.error().message()};
    process_.emplace(std::move(started->child));
    socket_ = std::move(started->frames);
    printed_pipe_ = std::move(started->printed);
    state_ = state::starting;
    const auto stop = co_await asio::this_coro::cancellation_state;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);

    parts_.emplace(ex_, [](std::exception_ptr) {});
    parts_->spawn([this] { return read_frames(); });
    parts_->spawn([this] { return read_printed(); });
    deadline_ = clock::now() + settings_.start_timeout;
    parts_->spawn([this] { return watch(); });
    write_hello(frames_, program_.settings, settings_);
    send();
    while (!process_->has_ended() && !is_terminal(stop))
        co_await process_->wait();
    co_await shielded(finish());
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return take_ending();
}

void plugin_process::send(std::shared_ptr<plugin_call> with_payload)
{
    outbox_.add(frames_, std::move(with_payload));
    // A broken pipe needs no answer: the process has ended, or its end is read.
    if (!waits_for_room_ && outbox_.flush(socket_.native_handle()) && !outbox_.empty())
        waits_for_room_ = parts_->spawn([this] { return write_rest(); });
}

awaitable<void> plugin_process::write_rest()
{
    bool works = true;
    while (works && !outbox_.empty())
    {
        auto [error] = co_await socket_.async_wait(asio::local::stream_protocol::socket::wait_write, as_result);
        works = !error && outbox_.flush(socket_.native_handle());
    }
    waits_for_room_ = false;
}

void plugin_process::assign(std::shared_ptr<plugin_call> call)
{
    call_ = std::move(call);
    state_ = state::busy;
    ++calls_;
    deadline_ = clock::now() + call_->time_left;
    if (settings_.cpu.count() > 0)
        give_time_limit();

    write_call(frames_, ++last_id_, *call_);
    send(call_);
    watch_until(deadline_);
}

void plugin_process::cancel(const plugin_call& call)
{
    if (call_.get() != &call || kill_at_ != clock::time_point::max())
        return;
    write_cancel(frames_, last_id_);
    send();
    kill_at_ = clock::now() + settings_.grace;
    watch_until(kill_at_);
}

void plugin_process::stop()
{
    stopping_ = true;
    if (state_ != state::free && state_ != state::starting)
        return;
    state_ = state::ending;
    write_stop(frames_);
    send();
    deadline_ = clock::time_point::max();
    kill_at_ = clock::now() + settings_.grace;
    watch_until(kill_at_);
}

awaitable<void> plugin_process::watch()
{
    while (process_ && !process_->has_ended() && socket_.is_open() && killed_for_.empty())
    {
        watched_until_ = std::min(deadline_, kill_at_);
        timer_.expires_at(watched_until_);
        co_await timer_.async_wait(as_result);
        if (!process_->has_ended())
            on_time();
    }
}

void plugin_process::watch_until(clock::time_point when)
{
    // Most calls end long before their time: the timer is only moved when it would be late.
    if (when < watched_until_)
        timer_.cancel();
}

void plugin_process::on_time()
{
    const auto now = clock::now();
    if (now >= kill_at_)
        return kill(call_ ? "was killed, as it did not react to a cancel"
                          : "was killed, as it did not end when told to");
    if (now < deadline_)
        return;
    deadline_ = clock::time_point::max();
    if (state_ == state::starting)
        return kill("was killed, as it did not say hello in " + std::to_string(settings_.start_timeout.count()) +
                    " ms");
    if (!call_)
        return;
    call_->finish(plugin_deadline());
    cancel(*call_);
}

awaitable<void> plugin_process::read_frames()
{
    frame_reader reader(settings_.output_bytes + head_limit);
    for (;;)
    {
        const auto space = reader.space();
        auto [error, n] = co_await socket_.async_read_some(asio::buffer(space.data(), space.size()), as_result);
        if (error)
            break;
        reader.received(n);
        frame_reader::frame frame;
        auto got = reader.next(frame);
        for (; got == frame_reader::progress::frame; got = reader.next(frame))
            if (!take(frame))
                co_return break_protocol("sent a frame that this protocol does not have");
        if (got == frame_reader::progress::too_large)
            co_return break_protocol("sent a frame that is larger than allowed");
        if (got == frame_reader::progress::malformed)
            co_return break_protocol("sent what is no frame");
    }
    if (reader.is_in_frame())
        co_return break_protocol("ended in the middle of a frame");
    if (kill_at_ == clock::time_point::max())
    {
        kill_at_ = clock::now() + closing_grace;
        watch_until(kill_at_);
    }
}

bool plugin_process::take(const frame_reader::frame& frame)
{
    if (!parse_head(frame.head, head_))
        return false;
    if (head_.type == "result")
        return take_result(frame.payload);
    if (head_.type == "hello")
        return take_hello();
    if (head_.type == "log")
        printed_.log(level_of(head_.level), std::string_view(head_.text).substr(0, longest_plugin_text));
    // Nobody shows progress yet.
    return head_.type == "log" || head_.type == "progress";
}

bool plugin_process::take_hello()
{
    if (ready_ || head_.protocol != frame_protocol)
        return false;
    auto description = parse_description(head_.description);
    if (!description)
    {
        kill("was killed: " + description.error().message);
        return true;
    }
    ready_ = true;
    if (state_ != state::starting)
        return true;
    deadline_ = clock::time_point::max();
    state_ = state::free;
    owner_.on_ready(*this, std::move(*description));
    return true;
}

bool plugin_process::take_result(std::string_view payload)
{
    if (!call_ || head_.id != last_id_)
        return false;
    auto answer = read_result(head_, payload, *call_, settings_.output_bytes, clock::now() >= deadline_);
    if (!answer)
        return false;
    const auto call = std::exchange(call_, nullptr);
    call->finish(std::move(*answer));
    call->release();
    printed_.forget_last();
    deadline_ = kill_at_ = clock::time_point::max();
    if (state_ != state::busy)
        return true;
    state_ = state::free;
    if (stopping_ || (settings_.calls > 0 && calls_ >= settings_.calls))
        stop();
    else
        owner_.on_free(*this);
    return true;
}

// Counted from what it has used up to now; whole seconds, so one more than none of the next.
void plugin_process::give_time_limit()
{
    clockid_t its_clock{};
    timespec used{};
    rlimit limit{};
    if (::clock_getcpuclockid(process_->id(), &its_clock) != 0 || ::clock_gettime(its_clock, &used) != 0 ||
        ::prlimit(process_->id(), RLIMIT_CPU, nullptr, &limit) != 0)
        return;
    const auto soft = static_cast<rlim_t>(used.tv_sec + 1 + settings_.cpu.count());
    limit.rlim_cur = std::min(soft, limit.rlim_max);
    ::prlimit(process_->id(), RLIMIT_CPU, &limit, nullptr);
}

awaitable<void> plugin_process::read_printed()
{
    std::array<char, 16 << 10> part;
    for (;;)
    {
        auto [error, n] = co_await printed_pipe_.async_read_some(asio::buffer(part), as_result);
        printed_.add({part.data(), n});
        if (error)
            break;
    }
    printed_.end();
}

void plugin_process::kill(std::string why)
{
    if (killed_for_.empty())
        killed_for_ = std::move(why);
    state_ = state::ending;
    process_->signal_group(SIGKILL);
}

void plugin_process::break_protocol(std::string why)
{
    broke_protocol_ = true;
    kill(std::move(why));
}

awaitable<void> plugin_process::finish()
{
    state_ = state::ending;
    process_->signal_group(SIGKILL);
    co_await process_->wait(longest_dying);
    if (!process_->has_ended())
        log::error("a killed plugin host does not end", {{"plugin", program_.name}, {"pid", process_->id()}});

    const auto until = clock::now() + longest_dying;
    auto pause = clock::duration(200us);
    while (children::kill_strays() > 0 && clock::now() < until)
    {
        co_await pause_for(pause);
        pause = std::min<clock::duration>(2 * pause, 20ms);
    }

    // What it sent and printed before its end is still read.
    timer_.cancel();
    parts_->close();
    co_await asio::co_spawn(ex_, parts_->join(), asio::cancel_after(output_grace, as_result));
    if (!parts_->joined())
    {
        parts_->cancel(asio::cancellation_type::terminal);
        co_await parts_->join();
    }
    error_code ignored;
    socket_.close(ignored);
    printed_pipe_.close(ignored);
}

plugin_process::ending plugin_process::take_ending()
{
    const auto end = process_->has_ended() ? process_->end() : process_end{0, SIGKILL};
    ending e{.was_ready = ready_,
             .was_ordered = stopping_ || (settings_.calls > 0 && calls_ >= settings_.calls),
             .how = killed_for_};
    if (e.how.empty())
        e.how = end.signal != 0 ? "was ended by " + signal_name(end.signal)
                                : "exited with code " + std::to_string(end.code);
    if (!printed_.last().empty())
        e.how += ": " + printed_.last();
    if (const auto call = std::exchange(call_, nullptr))
    {
        e.was_ordered = false;
        call->finish(plugin_failure{{.code = broke_protocol_ ? "plugin-protocol" : "plugin-crashed",
                                     .message = "The plugin's process " + e.how + "."},
                                    attempt_failure::host_lost});
        call->release();
    }
    process_.reset();
    parts_.reset();
    state_ = state::none;
    return e;
}

} // namespace vn
