#include "bench/event_publisher.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace vn::bench {

namespace {

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

int connected(const sockaddr* to, socklen_t size)
{
    const int s = ::socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || ::connect(s, to, size) != 0)
        fail("connection of the publisher");
    return s;
}

void add_word(std::string& out, std::string_view word, std::string_view more = {})
{
    out.append("$").append(std::to_string(word.size() + more.size())).append("\r\n");
    out.append(word).append(more).append("\r\n");
}

bool is_whole_answer(std::string_view text)
{
    constexpr std::string_view name = "Content-Length: ";
    const auto end = text.find("\r\n\r\n");
    const auto at = text.find(name);
    if (end == text.npos || at == text.npos)
        return false;
    const auto length = std::strtoull(text.data() + at + name.size(), nullptr, 10);
    return text.size() >= end + 4 + length;
}

} // namespace

event_publisher event_publisher::by_redis(const std::string& path)
{
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() >= sizeof to.sun_path)
        throw std::runtime_error("the path of the socket is too long");
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    event_publisher made({});
    made.lines_.push_back({connected(reinterpret_cast<const sockaddr*>(&to), sizeof to)});
    return made;
}

event_publisher event_publisher::by_http(std::uint16_t port, std::string target, std::size_t connections)
{
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    event_publisher made(std::move(target));
    const int yes = 1;
    for (std::size_t i = 0; i < connections; ++i)
    {
        made.lines_.push_back({connected(reinterpret_cast<const sockaddr*>(&to), sizeof to)});
        ::setsockopt(made.lines_.back().descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return made;
}

event_publisher::~event_publisher()
{
    for (const auto& l : lines_)
        ::close(l.descriptor);
}

void event_publisher::publish(std::string_view user, std::string_view text)
{
    if (target_.empty())
    {
        auto& out = lines_.front().unsent;
        out += "*3\r\n";
        add_word(out, "PUBLISH");
        add_word(out, "workflow:events:", user);
        add_word(out, text);
        return;
    }
    std::string out;
    out.append("POST ").append(target_).append(user).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ");
    out.append(std::to_string(text.size())).append("\r\n\r\n").append(text);
    waiting_.push_back(std::move(out));
}

void event_publisher::flush()
{
    for (auto& l : lines_)
    {
        if (!l.is_busy && !waiting_.empty())
        {
            l.is_busy = true;
            l.unsent = std::move(waiting_.front());
            waiting_.pop_front();
        }
        if (l.unsent.empty())
            continue;
        const auto n = ::send(l.descriptor, l.unsent.data(), l.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            fail("send of the publisher");
        l.unsent.erase(0, n < 0 ? 0 : static_cast<std::size_t>(n));
    }
}

bool event_publisher::is_behind() const noexcept
{
    return std::ranges::any_of(lines_, [](const line& l) { return !l.unsent.empty(); });
}

void event_publisher::drop_answers(std::size_t connection)
{
    auto& l = lines_[connection];
    std::array<char, 64 * 1024> piece;
    const auto n = ::recv(l.descriptor, piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        fail("what the publisher is answered");
    l.answer.append(piece.data(), static_cast<std::size_t>(n));
    const bool refused = target_.empty() ? l.answer.starts_with('-') : l.answer.size() > 9 && l.answer[9] != '2';
    if (refused)
        throw std::runtime_error("the publisher is refused: " + l.answer.substr(0, 200));
    if (target_.empty() || is_whole_answer(l.answer))
    {
        l.answer.clear();
        l.is_busy = false;
    }
}

} // namespace vn::bench
