// One slot for a process that runs a plugin: the process comes, answers calls by frames, and goes.
//
//   none --run()--> starting --hello--> free <--> busy
//     ^                |                 |  stop()  |
//     |                |                 v          v
//     '--- run() ------+------------- ending <------'     however it ends, nothing of it is left then
//        returns
#pragma once

#include "core/task_group.hpp"
#include "execution/frame_outbox.hpp"
#include "execution/frames.hpp"
#include "execution/plugin_call.hpp"
#include "execution/plugin_process_start.hpp"
#include "execution/printed_lines.hpp"
#include "execution/settings.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace vn {

// I/O thread only.
class plugin_process
{
public:
    // Told of what happens, from within run(); may call back.
    class owner
    {
    public:
        virtual void on_ready(plugin_process& process, plugin_description description) = 0;
        // Takes the next call now.
        virtual void on_free(plugin_process& process) = 0;

    protected:
        ~owner() = default;
    };

    struct ending
    {
        bool was_ready = false;
        bool was_ordered = false; // by stop()
        bool was_short = false;   // the machine could not start it now: see is_shortage()
        std::string how;          // a sentence's end: "was ended by SIGSEGV: stack overflow"
    };

    // All borrowed.
    plugin_process(asio::any_io_executor ex, const plugin_program& program, const plugin_settings& settings, owner& o);
    plugin_process(const plugin_process&) = delete;

    // Starts a process and returns when nothing of it is left. A call in flight has failed by then. Terminal
    // cancellation kills it.
    awaitable<ending> run();

    bool is_alive() const noexcept { return state_ != state::none; }
    bool is_free() const noexcept { return state_ == state::free; }
    bool is_busy() const noexcept { return call_ != nullptr; }

    // Only when is_free(). The call's time runs from now: it is answered in time, by a failure if need be, and
    // released when the process can do something else, or is gone.
    void assign(std::shared_ptr<plugin_call> call);
    // Nobody wants the answer any more; the process has the grace to give it nevertheless.
    void cancel(const plugin_call& call);
    // Ends it: after its call, if it has one.
    void stop();

private:
    enum class state
    {
        none,
        starting,
        free,
        busy,
        ending,
    };

    void send(std::shared_ptr<plugin_call> with_payload = {});
    awaitable<void> write_rest();
    awaitable<void> read_frames();
    awaitable<void> read_printed();
    awaitable<void> watch();
    void watch_until(clock::time_point when);
    void on_time();
    // False: that is no answer.
    bool take(const frame_reader::frame& frame);
    bool take_hello();
    bool take_result(std::string_view payload);
    void give_time_limit();
    void kill(std::string why);
    void break_protocol(std::string why);
    awaitable<void> finish();
    ending take_ending();

    asio::any_io_executor ex_;
    const plugin_program& program_;
    const plugin_settings& settings_;
    owner& owner_;
    state state_ = state::none;

    std::optional<process> process_;
    asio::local::stream_protocol::socket socket_;
    asio::posix::stream_descriptor printed_pipe_;
    printed_lines printed_;
    std::optional<task_group> parts_;

    std::shared_ptr<plugin_call> call_;
    std::uint64_t last_id_ = 0;
    std::size_t calls_ = 0;
    bool stopping_ = false;
    bool ready_ = false;
    std::string killed_for_;
    bool broke_protocol_ = false;

    frame_outbox outbox_;
    bool waits_for_room_ = false;

    asio::steady_timer timer_;
    clock::time_point watched_until_ = clock::time_point::max();
    clock::time_point deadline_ = clock::time_point::max(); // of the start, or of the call
    clock::time_point kill_at_ = clock::time_point::max();

    std::string frames_;
    frame_head head_;
};

} // namespace vn
