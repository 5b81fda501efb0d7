#include "bench/event_crowd.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace vn::bench {

namespace {

constexpr std::size_t ports_of_an_address = 20'000;
constexpr std::uint64_t other = std::uint64_t(1) << 32; // and above: no member
constexpr int longest_answer = 20;                      // seconds
constexpr unsigned char final_text = 0x81;
constexpr unsigned char final_ping = 0x89;

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::size_t n, std::uint16_t port)
{
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(n));
    return where;
}

void send_all(int descriptor, std::string_view text)
{
    if (::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
        fail("send");
}

// The masking key of zeros that clients may use as well as any other.
void answer_ping(int descriptor, std::string_view payload)
{
    std::string pong{static_cast<char>(0x8A), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
    send_all(descriptor, pong.append(payload));
}

struct frame
{
    unsigned char kind;
    std::string_view payload;
    std::size_t size;
};

std::optional<frame> first_frame(std::string_view bytes)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < 2)
        return std::nullopt;
    std::size_t head = 2;
    std::uint64_t length = byte(1);
    if (length >= 126)
    {
        const std::size_t more = length == 126 ? 2 : 8;
        head += more;
        if (bytes.size() < head)
            return std::nullopt;
        length = 0;
        for (std::size_t i = 2; i < head; ++i)
            length = length << 8 | byte(i);
    }
    if (bytes.size() - head < length)
        return std::nullopt;
    return frame{byte(0), bytes.substr(head, length), head + length};
}

} // namespace

event_crowd::event_crowd() : watched_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(256 * 1024)
{
    if (watched_ < 0)
        fail("epoll_create1");
}

event_crowd::~event_crowd()
{
    for (const auto& m : members_)
        ::close(m.descriptor);
    ::close(watched_);
}

void event_crowd::add_to_watched(int descriptor, std::uint64_t name) const
{
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = name;
    if (::epoll_ctl(watched_, EPOLL_CTL_ADD, descriptor, &e) != 0)
        fail("epoll_ctl");
}

void event_crowd::watch(int descriptor, std::function<void()> ready)
{
    add_to_watched(descriptor, other + others_.size());
    others_.push_back(std::move(ready));
}

void event_crowd::open(std::uint16_t port, const std::string& target)
{
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        fail("socket");
    members_.push_back({s, {}});
    const int yes = 1;
    const timeval longest{longest_answer, 0};
    ::setsockopt(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    const auto from = loopback(members_.size() / ports_of_an_address, 0);
    const auto to = loopback(0, port);
    if (::bind(s, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
        fail("bind");
    if (::connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        fail("connect");
    send_all(s, "GET " + target +
                    " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
}

void event_crowd::confirm()
{
    for (; confirmed_ < members_.size(); ++confirmed_)
        confirm(members_[confirmed_]);
}

void event_crowd::confirm(member& m)
{
    for (;;)
    {
        if (const auto end = m.rest.find("\r\n\r\n"); end != m.rest.npos)
        {
            if (!m.rest.starts_with("HTTP/1.1 101 "))
                throw std::runtime_error("no WebSocket: " + m.rest.substr(0, 500));
            m.rest.erase(0, end + 4);
            add_to_watched(m.descriptor, confirmed_);
            return;
        }
        const auto n = ::recv(m.descriptor, buffer_.data(), buffer_.size(), 0);
        if (n <= 0)
            throw std::runtime_error("no answer to a handshake");
        m.rest.append(buffer_.data(), static_cast<std::size_t>(n));
    }
}

void event_crowd::read(clock::duration limit, const reader& heard)
{
    std::array<epoll_event, 512> events;
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    const int n = ::epoll_wait(watched_, events.data(), static_cast<int>(events.size()), static_cast<int>(ms));
    for (int i = 0; i < n; ++i)
    {
        const auto name = events[static_cast<std::size_t>(i)].data.u64;
        if (name >= other)
            others_[name - other]();
        else
            take(members_[name], heard);
    }
}

void event_crowd::take(member& m, const reader& heard)
{
    const auto n = ::recv(m.descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        throw std::runtime_error("a client was sent away");
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(n));
    if (!m.rest.empty())
    {
        m.rest += bytes;
        bytes = m.rest;
    }
    take_frames(m, bytes, heard);
    m.rest = std::string(bytes);
}

void event_crowd::take_frames(const member& m, std::string_view& bytes, const reader& heard)
{
    while (const auto f = first_frame(bytes))
    {
        if (f->kind == final_text)
            heard(f->payload);
        else if (f->kind == final_ping)
            answer_ping(m.descriptor, f->payload);
        else
            throw std::runtime_error("a client was sent a frame of kind " + std::to_string(f->kind));
        bytes.remove_prefix(f->size);
    }
}

} // namespace vn::bench
