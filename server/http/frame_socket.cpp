#include "http/frame_socket.hpp"

#include <boost/asio/cancel_at.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace vn::http {

namespace {

constexpr unsigned char final_text = 0x81;
constexpr unsigned char final_ping = 0x89;
constexpr std::size_t frames_at_once = 64;
// An idle connection holds no memory for what came once.
constexpr std::size_t kept_when_idle = 4;

} // namespace

void frame_socket::add_text(std::shared_ptr<const std::string> text)
{
    frame f{{final_text}, 2, std::move(text)};
    const std::uint64_t length = f.text->size();
    const std::size_t more = length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
    f.head[1] = static_cast<unsigned char>(more == 0 ? length : more == 2 ? 126 : 127);
    for (std::size_t i = 0; i < more; ++i)
        f.head[2 + i] = static_cast<unsigned char>(length >> (8 * (more - 1 - i)));
    f.head_size = static_cast<unsigned char>(2 + more);
    frames_.push_back(std::move(f));
}

void frame_socket::add_ping()
{
    frames_.push_back({{final_ping}, 2, nullptr});
}

void frame_socket::add_bytes(std::string bytes)
{
    frames_.push_back({{}, 0, std::make_shared<const std::string>(std::move(bytes))});
}

error_code frame_socket::flush()
{
    error_code ec;
    while (!ec && !frames_.empty())
        forget(send_some(ec));
    if (ec == asio::error::would_block)
        return {};
    return ec;
}

std::size_t frame_socket::send_some(error_code& ec)
{
    std::array<iovec, 2 * frames_at_once> parts;
    std::size_t count = 0;
    auto skipped = sent_;
    const auto add = [&](const void* bytes, std::size_t size) {
        const auto skip = std::min(skipped, size);
        skipped -= skip;
        if (size > skip)
            parts[count++] = {const_cast<char*>(static_cast<const char*>(bytes) + skip), size - skip};
    };
    for (std::size_t i = 0; i < frames_.size() && i < frames_at_once; ++i)
    {
        add(frames_[i].head.data(), frames_[i].head_size);
        if (frames_[i].text)
            add(frames_[i].text->data(), frames_[i].text->size());
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const auto n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
        return static_cast<std::size_t>(n);
    if (errno != EINTR)
        ec.assign(errno, boost::system::system_category());
    return 0;
}

void frame_socket::forget(std::size_t bytes)
{
    sent_ += bytes;
    auto whole = frames_.begin();
    for (; whole != frames_.end(); ++whole)
    {
        const auto size = whole->head_size + (whole->text ? whole->text->size() : 0);
        if (sent_ < size)
            break;
        sent_ -= size;
    }
    frames_.erase(frames_.begin(), whole);
    if (frames_.empty() && frames_.capacity() > kept_when_idle)
        frames_ = {};
}

awaitable<bool> frame_socket::drain(clock::duration limit)
{
    const auto deadline = clock::now() + limit;
    while (!is_flushed())
    {
        auto [waited] = co_await socket_.async_wait(stream_socket::wait_write, asio::cancel_at(deadline, as_result));
        if (waited || flush())
            co_return false;
    }
    co_return true;
}

} // namespace vn::http
