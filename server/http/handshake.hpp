// The opening handshake of a WebSocket, as far as it can be judged by the request (RFC 6455, 4.2.1).
#pragma once

#include "http/push.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

#include <memory>
#include <optional>
#include <string>

namespace vn::http {

// Why it is none: 400 "Bad Request" with Sec-WebSocket-Version, or 405 for another method than GET.
std::optional<reply> judge_handshake(const request& r);

// 101; subprotocol is named in the answer, if not empty.
reply socket_reply(std::shared_ptr<push_source> source, std::string_view subprotocol);

// 200 text/event-stream that goes on until the source ends.
reply stream_reply(std::shared_ptr<push_source> source);

} // namespace vn::http
