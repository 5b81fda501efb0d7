// The server's end of a WebSocket. Boost.Beast does the protocol; its templates are compiled in websocket.cpp only.
#pragma once

#include "http/connection.hpp"
#include "http/push.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vn::http {

// What of the request is needed for the answer.
struct socket_opening
{
    std::string key; // Sec-WebSocket-Key
    // Further fields of the answer.
    std::vector<std::pair<std::string, std::string>> headers;
};

// Answers the handshake, which was judged before: then run_push() speaks. Null: the peer is gone. settings outlive all.
awaitable<std::shared_ptr<push_transport>> open_websocket(stream_socket socket, socket_opening opening,
                                                          std::shared_ptr<push_source> source,
                                                          const push_settings& settings);

} // namespace vn::http
