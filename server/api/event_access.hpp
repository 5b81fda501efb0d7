// Who may listen to whose events: asked with the head of each request for events, before anything is promised. I/O
// thread only.
#pragma once

#include "api/user_name.hpp"
#include "core/error.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vn {

enum class open_listening
{
    on_loopback, // if the server itself listens on loopback only
    never,
    always,
};

struct event_access_settings
{
    // Whether who names a user listens as that user, without proof.
    open_listening open = open_listening::on_loopback;
};

// One who may listen.
struct listener_identity
{
    // Empty: not known yet. A socket is then asked with its first message; other transports never get such a one.
    std::string user;
    // Nobody was asked for proof: it may see the events of any request that it knows the id of.
    bool is_open = false;
    // The connection ends then, a socket with 1008.
    std::optional<std::chrono::system_clock::time_point> expires;
    // To be named in the answer to a handshake, if not empty.
    std::string subprotocol;
    // What it counts against: given back when the connection ends.
    std::shared_ptr<void> place;
};

// What asks.
enum class event_transport
{
    socket,     // GET /ws
    stream,     // SSE and polling, of a user
    of_request, // the same, of one request, whose user is looked up
};

class event_access
{
    event_access_settings settings_;
    bool is_open_;

public:
    // address: where the server listens, as in the settings.
    event_access(event_access_settings s, std::string_view address);

    // The listener, or the answer that refuses it. Refusals in open mode are those of the reference service: 400
    // "username query parameter required" as text for a socket.
    std::variant<listener_identity, http::reply> admit(const http::request& r, event_transport how) const;

    // The first message of a socket whose head did not say who it is. A failure closes it with 1008.
    result<listener_identity, failure> identify(std::string_view message) const;
};

} // namespace vn
