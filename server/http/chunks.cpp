#include "http/chunks.hpp"

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdio>

namespace vn::http {

namespace {

constexpr std::size_t most_held = 64 * 1024;
constexpr std::size_t kept_when_idle = 1024;
constexpr std::size_t most_dropped = 64 * 1024;

class chunk_transport : public push_transport
{
    stream_socket socket_;
    asio::steady_timer timer_;
    const bool chunked_;
    const clock::duration limit_;
    std::string held_;

public:
    chunk_transport(stream_socket socket, bool chunked, clock::duration limit)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), chunked_(chunked), limit_(limit)
    {}

    awaitable<bool> send(std::string_view text, bool more) override
    {
        add(text);
        if (more && held_.size() < most_held)
            co_return true;
        co_return co_await flush(limit_);
    }

    awaitable<bool> beat(std::string_view idle_text) override
    {
        add(idle_text);
        co_return co_await flush(limit_);
    }

    awaitable<void> finish(const push_end&, clock::duration limit) override
    {
        if (chunked_)
            held_ += "0\r\n\r\n";
        co_await flush(limit);
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

    awaitable<bool> flush(clock::duration limit)
    {
        auto [ec, n] =
            co_await asio::async_write(socket_, asio::buffer(held_), asio::cancel_after(timer_, limit, as_result));
        held_.clear();
        if (held_.capacity() > kept_when_idle)
            held_.shrink_to_fit();
        co_return !ec;
    }
};

} // namespace

awaitable<void> run_chunks(stream_socket socket, bool chunked, std::shared_ptr<push_source> source,
                           push_settings settings, const bool& stopping)
{
    const auto transport = std::make_unique<chunk_transport>(std::move(socket), chunked, settings.write);
    co_await run_push(*transport, *source, {settings.heartbeat, settings.write}, stopping);
}

} // namespace vn::http
