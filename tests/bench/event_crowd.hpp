// Many WebSocket clients in one thread: they are opened, and then read what comes. Linux, plain sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vn::bench {

using clock = std::chrono::steady_clock;

class event_crowd
{
public:
    // Of each text message that was received.
    using reader = std::function<void(std::string_view text)>;

    event_crowd();
    ~event_crowd();
    event_crowd(const event_crowd&) = delete;

    // One more, at 127.0.0.1: it asks for target and is answered with 101. Several may be asked for before the first
    // answer is read; confirm() reads those that were not yet. Throws std::runtime_error.
    void open(std::uint16_t port, const std::string& target);
    void confirm();
    std::size_t size() const noexcept { return members_.size(); }

    // Another descriptor that is watched: ready is called whenever something can be read there.
    void watch(int descriptor, std::function<void()> ready);

    // Waits until something comes, at most so long, and hands it over. Answers pings. Throws when a client is sent
    // away.
    void read(clock::duration limit, const reader& heard);

private:
    struct member
    {
        int descriptor = -1;
        std::string rest; // of a frame that has not come wholly
    };

    void confirm(member& m);
    void take(member& m, const reader& heard);
    void add_to_watched(int descriptor, std::uint64_t name) const;
    // Consumes whole frames from bytes.
    static void take_frames(const member& m, std::string_view& bytes, const reader& heard);

    int watched_;
    std::vector<member> members_;
    std::size_t confirmed_ = 0;
    std::vector<std::function<void()>> others_;
    std::vector<char> buffer_;
};

} // namespace vn::bench
