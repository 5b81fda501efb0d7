// Who may listen to whose events: asked with the head of each request for events, before anything is promised. I/O
// thread only.
#pragma once

#include "api/access_token.hpp"
#include "api/client_address.hpp"
#include "api/event_limits.hpp"
#include "api/handshake_rate.hpp"
#include "api/token_key_store.hpp"
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
#include <vector>

namespace vn {

enum class open_listening
{
    on_loopback, // if the server itself listens on loopback only, and has no keys of tokens
    never,
    always,
};

struct event_access_settings
{
    // Whether who names a user listens as that user, without proof.
    open_listening open = open_listening::on_loopback;
    // Whose pages may open a WebSocket, beside those of this server.
    std::vector<std::string> origins;
    // What is said by X-Forwarded-For counts if one of these networks says it.
    std::vector<std::string> proxies;
    token_key_settings keys;
    token_terms tokens;
    event_limit_settings limits;
    handshake_rate_settings rate;
};

// One who may listen.
struct listener_identity
{
    // With needs_proof only who it says to be, and empty if it has not said.
    std::string user;
    // The first message of a socket has to bring a token.
    bool needs_proof = false;
    // Nobody was asked for proof: it may see the events of any request that it knows the id of.
    bool is_open = false;
    // The connection ends then, a socket with 1008.
    std::optional<std::chrono::system_clock::time_point> expires;
    // To be named in the answer to a handshake, if not empty; text that is always there.
    std::string_view subprotocol;
    // What it counts against: given back when the connection ends. Null where nothing stays open.
    std::shared_ptr<event_place> place;
};

// What asks.
enum class event_transport
{
    socket,     // GET /ws
    stream,     // SSE of a user
    of_request, // SSE of one request, whose user is looked up
    poll,       // what is kept of one request: nothing stays open
};

class event_access
{
    event_access_settings settings_;
    client_addresses addresses_;
    event_limits limits_;
    handshake_rate rate_;
    token_key_store keys_;
    bool is_open_;
    std::size_t refused_ = 0;

public:
    // address: where the server listens, as in the settings. Throws std::runtime_error if the keys cannot be used.
    event_access(event_access_settings s, std::string_view address);

    // Sees to it that new keys count; until cancelled.
    awaitable<void> run(asio::thread_pool& pool) { return keys_.run(pool); }
    bool uses_tokens() const noexcept { return keys_.is_in_use(); }

    // The listener, or the answer that refuses it. Refusals in open mode are those of the reference service: 400
    // "username query parameter required" as text for a socket.
    std::variant<listener_identity, http::reply> admit(const http::request& r, event_transport how);

    // With the first message of a socket: token is that in it, empty if there is none. A failure closes the socket,
    // and who is as before.
    result<void, failure> identify(std::string_view token, listener_identity& who);

    // Who was refused because there were too many, since the start.
    std::size_t refused() const noexcept { return refused_; }

private:
    std::variant<listener_identity, http::reply> by_name(const http::request& r, event_transport how) const;
    std::variant<listener_identity, http::reply> recognize(const http::request& r, event_transport how,
                                                           std::shared_ptr<event_place> place);
};

// The protocol that may stand beside "bearer.<token>" in Sec-WebSocket-Protocol, and is named in the answer.
inline constexpr std::string_view event_subprotocol = "vn.events.v1";

} // namespace vn
