// A connection on which the server speaks when it has something to say: a WebSocket, or an answer that goes on and on.
// I/O thread only.
#pragma once

#include "http/alarms.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vn::http {

// Why a source ends; the code is that of a WebSocket's close frame.
struct push_end
{
    unsigned code = 1000;
    std::string reason;
};

// Where what is sent comes from. It lives as long as its connection.
class push_source
{
public:
    virtual ~push_source() = default;

    // The next text to send; null if there is none now. One text is one message of a WebSocket, whole lines elsewhere.
    virtual std::shared_ptr<const std::string> take() = 0;
    // take() has something to give.
    virtual bool has_more() const = 0;
    // Nothing more comes: asked when take() has given nothing.
    virtual std::optional<push_end> ended() const = 0;
    // Raised when one of these has changed.
    virtual alert& news() = 0;
    // Asked again then, whatever news there is.
    virtual clock::time_point look_again() const { return clock::time_point::max(); }

    // A message of the peer, and how long one may be. WebSocket only.
    virtual void heard(std::string_view) {}
    virtual std::size_t longest_heard() const { return 512; }

    // Sent while there is nothing else to say. Not for a WebSocket, which has pings.
    virtual std::string_view idle_text() const { return {}; }
};

struct push_settings
{
    // How often a WebSocket is pinged, and for how long one may give no answer.
    std::chrono::milliseconds ping{25'000};
    std::chrono::milliseconds pong{30'000};
    // For one write.
    std::chrono::milliseconds write{10'000};
    // How often idle_text() is sent.
    std::chrono::milliseconds heartbeat{15'000};
};

// One way of sending. All is called by run_push() alone.
class push_transport
{
    const std::shared_ptr<push_source> source_;
    const clock::duration beat_every_;

protected:
    push_transport(std::shared_ptr<push_source> source, clock::duration beat_every)
        : source_(std::move(source)), beat_every_(beat_every)
    {}

public:
    virtual ~push_transport() = default;

    push_source& source() const noexcept { return *source_; }
    clock::duration beat_every() const noexcept { return beat_every_; }

    enum class outcome
    {
        sent,
        waiting, // the peer takes no more for now: drain() is next
        gone,
    };
    // Some of what the source has, in as few writes as that takes.
    virtual outcome send() = 0;
    virtual outcome beat() = 0;
    // Until the peer has taken what it could not take at once. False: it is gone or too slow.
    virtual awaitable<bool> drain(clock::duration limit) = 0;
    // Tells the peer, and waits for it at most so long.
    virtual awaitable<void> finish(const push_end& why, clock::duration limit) = 0;
    // Reads what the peer sends, until it is gone or abandon() was called.
    virtual awaitable<void> listen() = 0;
    // Everything that waits for the peer ends.
    virtual void abandon() = 0;

    // The peer has to have been heard of by then.
    virtual clock::time_point patience() const { return clock::time_point::max(); }
};

// What all of a server share.
struct push_surroundings
{
    const push_settings& settings;
    alarms& times;
    // Set when the server stops.
    const bool& stopping;
};

// Until the source ends, the peer is gone, or the server stops: total cancellation ends it with 1001, as does stopping
// when it is seen.
awaitable<void> run_push(push_transport& transport, push_surroundings around);

} // namespace vn::http
