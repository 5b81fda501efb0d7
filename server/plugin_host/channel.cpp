#include "plugin_host/channel.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace vn::plugin_host {

namespace {

// The server bounds its documents; this one bounds a length that is none.
constexpr std::size_t longest_frame = 1u << 30;

void drain(int fd)
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(fd, &count, sizeof count);
}

} // namespace

channel::channel(int fd)
    : fd_(fd), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      reader_(longest_frame)
{
    if (timer_ < 0 || wake_ < 0)
        throw std::system_error(errno, std::generic_category(), "timerfd, eventfd");
    listener_ = std::thread([this] { listen(); });
}

channel::~channel()
{
    leaving_ = true;
    const itimerspec now{{0, 0}, {0, 1}};
    ::timerfd_settime(timer_, 0, &now, nullptr);
    listener_.join();
    ::close(timer_);
    ::close(wake_);
}

bool channel::receive(int flags)
{
    const auto space = reader_.space();
    ssize_t n = 0;
    do
        n = ::recv(fd_, space.data(), space.size(), flags);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        reader_.received(static_cast<std::size_t>(n));
    else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        broken_ = true;
    return n > 0;
}

// Under reading_.
bool channel::take_frame(message& out)
{
    for (;;)
    {
        frame_reader::frame frame;
        switch (reader_.next(frame))
        {
        case frame_reader::progress::incomplete:
            return false;
        case frame_reader::progress::frame:
            break;
        default:
            broken_ = true;
            return false;
        }
        if (!parse_head(frame.head, out.head))
        {
            broken_ = true;
            return false;
        }
        if (out.head.type != "cancel")
        {
            out.payload.assign(frame.payload);
            return true;
        }
        // Of a call that has ended meanwhile: too late.
        if (call_ && out.head.id == call_id_)
            cancel_(call_);
    }
}

bool channel::next(message& out)
{
    const std::lock_guard lock(reading_);
    if (!early_.empty())
    {
        out = std::move(early_.front());
        early_.pop_front();
        return true;
    }
    while (!broken_)
    {
        if (take_frame(out))
            return true;
        if (!broken_)
            receive(0);
    }
    return false;
}

bool channel::send(std::string_view frames, std::string_view payload)
{
    // sendmsg() takes char* for history's sake and changes nothing.
    std::array<iovec, 2> parts{iovec{const_cast<char*>(frames.data()), frames.size()},
                               iovec{const_cast<char*>(payload.data()), payload.size()}};
    const std::lock_guard lock(sending_);
    std::size_t first = 0;
    while (first < parts.size())
    {
        msghdr m{};
        m.msg_iov = &parts[first];
        m.msg_iovlen = parts.size() - first;
        const auto n = ::sendmsg(fd_, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        auto sent = static_cast<std::size_t>(n);
        while (first < parts.size() && sent >= parts[first].iov_len)
            sent -= parts[first++].iov_len;
        if (first < parts.size())
        {
            parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + sent;
            parts[first].iov_len -= sent;
        }
    }
    return true;
}

void channel::begin(std::uint64_t id, void* call, void (*cancel)(void*))
{
    {
        const std::lock_guard lock(reading_);
        call_id_ = id;
        call_ = call;
        cancel_ = cancel;
        // What came together with the call, such as its cancel.
        message more;
        while (take_frame(more))
            early_.push_back(std::move(more));
    }
    in_call_ = true;
    if (armed_.exchange(true))
        return;
    const itimerspec later{{0, 0}, {0, std::chrono::nanoseconds(listen_after).count()}};
    ::timerfd_settime(timer_, 0, &later, nullptr);
}

void channel::end()
{
    in_call_ = false;
    if (listens_)
    {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto n = ::write(wake_, &one, sizeof one);
    }
    const std::lock_guard lock(reading_);
    call_ = nullptr;
}

void channel::listen()
{
    for (;;)
    {
        drain(timer_);
        if (leaving_)
            return;
        // In this order: begin() sets in_call_ before it looks whether the timer still has to be armed.
        armed_ = false;
        listens_ = true;
        while (in_call_)
        {
            std::array<pollfd, 2> both{pollfd{fd_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
            ::poll(both.data(), both.size(), -1);
            drain(wake_);
            const std::lock_guard lock(reading_);
            if (!call_)
                break;
            message more;
            while (receive(MSG_DONTWAIT))
                while (take_frame(more))
                    early_.push_back(std::move(more));
            // Nobody is left who wants the answer, and the plugin may never come back.
            if (broken_)
                ::_exit(0);
        }
        listens_ = false;
    }
}

} // namespace vn::plugin_host
