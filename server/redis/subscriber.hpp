// PubSub for the whole node, on a connection of its own. I/O thread only.
#pragma once

#include "redis/connection.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace vn::redis {

// Channels that are wanted are subscribed to, again after each outage, until they are not wanted any more.
class subscriber
{
public:
    // on_subscribed is called whenever Redis has confirmed a channel: what is published from then on comes, what was
    // published before may have been missed. on_message is called for each message, in their order. Both from
    // hand_over(); the views end with the call.
    // on_interrupted: messages may be missed on all channels from here on, until each is confirmed anew.
    using interrupted_handler = std::function<void()>;
    using subscribed_handler = std::function<void(std::string_view channel)>;
    using message_handler = std::function<void(std::string_view channel, std::string_view text)>;

    subscriber(asio::any_io_executor ex, endpoint where, const settings& s, interrupted_handler on_interrupted,
               subscribed_handler on_subscribed, message_handler on_message);

    // Each is spawned once, and runs until cancelled.
    awaitable<void> run_connection() { return connection_.run(); }
    awaitable<void> run_changes();

    // Waits for what Redis has to tell. Called again and again, without long pauses; each of the items of all() is for
    // hand_over().
    awaitable<result<reply>> receive();
    void hand_over(const value& push);

    void want(std::string channel);
    void drop(const std::string& channel);

    // Why nothing is heard, if that is so.
    std::optional<std::string> trouble() const;

private:
    awaitable<bool> send_changes();
    void look_at_connection();

    connection connection_;
    settings settings_;
    interrupted_handler on_interrupted_;
    subscribed_handler on_subscribed_;
    message_handler on_message_;
    std::set<std::string, std::less<>> wanted_;
    std::set<std::string, std::less<>> asked_for_; // of Redis, and not given up since
    std::set<std::string, std::less<>> changed_;
    signal change_;
    unsigned long generation_ = 0; // of the connection
};

} // namespace vn::redis
