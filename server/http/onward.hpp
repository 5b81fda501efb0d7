// How a connection goes on after an answer on which the server speaks.
#pragma once

#include "http/connection.hpp"
#include "http/push.hpp"
#include "http/websocket.hpp"

#include <memory>
#include <optional>

namespace vn::http {

struct onward
{
    std::shared_ptr<push_source> source;
    bool is_socket = false;
    bool chunked = true;
    socket_opening opening;
    std::optional<stream_socket> socket;
};

// What run_push() needs; null if the peer is gone. settings outlive all.
awaitable<std::shared_ptr<push_transport>> open(std::unique_ptr<onward> how, const push_settings& settings);

} // namespace vn::http
