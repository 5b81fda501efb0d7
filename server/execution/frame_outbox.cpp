#include "execution/frame_outbox.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace vn {

void frame_outbox::add(std::string_view frames, std::shared_ptr<const plugin_call> with_payload)
{
    parts_.push_back({std::string(frames), {}, 0});
    if (with_payload && !with_payload->payload.empty())
        parts_.push_back({{}, std::move(with_payload), 0});
}

bool frame_outbox::flush(int socket)
{
    while (!parts_.empty())
    {
        std::array<iovec, 4> pieces{};
        std::size_t count = 0;
        for (const auto& p : parts_)
        {
            if (count == pieces.size())
                break;
            // sendmsg() takes char* for history's sake and changes nothing.
            const auto rest = p.rest();
            pieces[count++] = {const_cast<char*>(rest.data()), rest.size()};
        }
        msghdr m{};
        m.msg_iov = pieces.data();
        m.msg_iovlen = count;
        const auto n = ::sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        for (auto sent = static_cast<std::size_t>(n); !parts_.empty();)
        {
            const std::size_t left = parts_.front().rest().size();
            if (sent < left)
            {
                parts_.front().sent += sent;
                break;
            }
            sent -= left;
            parts_.pop_front();
        }
    }
    return true;
}

} // namespace vn
