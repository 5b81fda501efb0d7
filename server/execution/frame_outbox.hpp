// Frames on their way into a socket that may not take them at once.
#pragma once

#include "execution/plugin_call.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace vn {

class frame_outbox
{
public:
    // Behind what is there already. The payload of the call, if one is given, follows the frames; it is not copied.
    void add(std::string_view frames, std::shared_ptr<const plugin_call> with_payload = {});

    // Sends what the socket takes now, without waiting. False: the other end is gone.
    bool flush(int socket);

    bool empty() const noexcept { return parts_.empty(); }
    void clear() { parts_.clear(); }

private:
    struct part
    {
        std::string bytes;
        std::shared_ptr<const plugin_call> payload_of; // then its payload, not bytes
        std::size_t sent = 0;

        std::string_view rest() const
        {
            return std::string_view(payload_of ? payload_of->payload : bytes).substr(sent);
        }
    };

    std::deque<part> parts_;
};

} // namespace vn
