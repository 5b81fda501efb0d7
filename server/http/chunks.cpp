#include "http/chunks.hpp"

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <sys/socket.h>

namespace vn::http {

namespace {

constexpr std::size_t most_held = 64 * 1024;
constexpr std::size_t kept_when_idle = 1024;
constexpr std::size_t most_dropped = 64 * 1024;

class chunk_transport : public push_transport
{
    stream_socket socket_;
    const bool chunked_;
    std::string held_;

public:
    chunk_transport(stream_socket socket, bool chunked, std::shared_ptr<push_source> from, clock::duration beat_every)
        : push_transport(std::move(from), beat_every), socket_(std::move(socket)), chunked_(chunked)
    {}

    outcome send() override
    {
        while (held_.size() < most_held)
        {
            const auto text = source().take();
            if (!text)
                break;
            add(*text);
        }
        return flush();
    }

    outcome beat() override
    {
        add(source().idle_text());
        return flush();
    }

    awaitable<bool> drain(clock::duration limit) override
    {
        auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(held_), asio::cancel_after(limit, as_result));
        forget(held_.size());
        co_return !ec;
    }

    awaitable<void> finish(const push_end&, clock::duration limit) override
    {
        if (chunked_)
            held_ += "0\r\n\r\n";
        co_await drain(limit);
        error_code gone_already;
        socket_.shutdown(stream_socket::shutdown_send, gone_already);
    }

    awaitable<void> listen() override
    {
        std::array<char, 64> piece;
        for (std::size_t dropped = 0; dropped < most_dropped;)
        {
            auto [ec, n] = co_await socket_.async_read_some(asio::buffer(piece), as_result);
            if (ec)
                break;
            dropped += n;
        }
    }

    void abandon() override
    {
        error_code gone_already;
        socket_.close(gone_already);
    }

private:
    void add(std::string_view text)
    {
        if (text.empty())
            return;
        if (chunked_)
        {
            char size[24];
            held_.append(size, static_cast<std::size_t>(std::snprintf(size, sizeof size, "%zx\r\n", text.size())));
        }
        held_ += text;
        if (chunked_)
            held_ += "\r\n";
    }

    // What the socket takes at once.
    outcome flush()
    {
        while (!held_.empty())
        {
            const auto n = ::send(socket_.native_handle(), held_.data(), held_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return errno == EAGAIN ? outcome::waiting : outcome::gone;
            forget(static_cast<std::size_t>(n));
        }
        return outcome::sent;
    }

    void forget(std::size_t bytes)
    {
        held_.erase(0, bytes);
        if (held_.empty() && held_.capacity() > kept_when_idle)
            held_.shrink_to_fit();
    }
};

} // namespace

std::shared_ptr<push_transport> make_chunks(stream_socket socket, bool chunked, std::shared_ptr<push_source> source,
                                            const push_settings& settings)
{
    return std::make_shared<chunk_transport>(std::move(socket), chunked, std::move(source), settings.heartbeat);
}

} // namespace vn::http
