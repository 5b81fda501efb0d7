// The host's end of the socket pair: frames from the server, and answers to it.
//
// While a call is short one thread does all: it reads, calls, answers, and no other thread runs. Once a call lasts
// longer than listen_after a second one reads, so that a cancel is seen while the plugin works (R27).
#pragma once

#include "execution/frames.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace vn::plugin_host {

struct message
{
    frame_head head;
    std::string payload;
};

class channel
{
public:
    static constexpr auto listen_after = std::chrono::milliseconds(10);

    // fd is borrowed, a stream socket that blocks. Throws std::system_error when descriptors or threads are short.
    explicit channel(int fd);
    channel(const channel&) = delete;
    ~channel();

    // The next frame but cancel, waited for; false at the end of the channel or after what is no frame. One thread.
    bool next(message& out);

    // Whole frames, as frame_writer made them, then the payload. Any thread. False: the server is gone.
    bool send(std::string_view frames, std::string_view payload = {});

    // Between the two, on the thread of next(), a cancel of that call calls cancel() of it, on another thread.
    template <class Call>
    class listening
    {
    public:
        listening(channel& c, std::uint64_t id, Call& call) : channel_(c)
        {
            channel_.begin(id, &call, [](void* to) { static_cast<Call*>(to)->cancel(); });
        }
        listening(const listening&) = delete;
        ~listening() { channel_.end(); }

    private:
        channel& channel_;
    };

private:
    void begin(std::uint64_t id, void* call, void (*cancel)(void*));
    void end();
    void listen();
    bool take_frame(message& out);
    bool receive(int flags);

    int fd_;
    int timer_ = -1;
    int wake_ = -1;

    std::mutex reading_;
    frame_reader reader_;
    std::deque<message> early_; // came during a call
    bool broken_ = false;

    std::mutex sending_;

    std::atomic<bool> in_call_{false};
    std::atomic<bool> armed_{false};
    std::atomic<bool> listens_{false};
    std::atomic<bool> leaving_{false};
    // Under reading_.
    std::uint64_t call_id_ = 0;
    void* call_ = nullptr;
    void (*cancel_)(void*) = nullptr;
    std::thread listener_;
};

} // namespace vn::plugin_host
