#include "bench/echo.hpp"

#include "core/children.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vn::bench {

namespace {

// A child that does not come back fails the benchmark instead of holding it up.
constexpr timeval longest_wait{10, 0};

[[noreturn]] void send_back(int socket)
{
    std::array<char, 64 << 10> buffer;
    for (;;)
    {
        const auto n = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (n <= 0)
            ::_exit(0);
        for (ssize_t sent = 0; sent < n;)
        {
            const auto m = ::send(socket, buffer.data() + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL);
            if (m <= 0)
                ::_exit(0);
            sent += m;
        }
    }
}

void send_all(int socket, const std::string& message)
{
    for (std::size_t sent = 0; sent < message.size();)
    {
        const auto n = ::send(socket, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
        if (n <= 0)
            throw std::system_error(errno, std::generic_category(), "echo: send");
        sent += static_cast<std::size_t>(n);
    }
}

void receive_all(int socket, std::string& message)
{
    for (std::size_t received = 0; received < message.size();)
    {
        const auto n = ::recv(socket, message.data() + received, message.size() - received, 0);
        if (n <= 0)
            throw std::system_error(n < 0 ? errno : EPIPE, std::generic_category(), "echo: receive");
        received += static_cast<std::size_t>(n);
    }
}

} // namespace

echo::echo(std::size_t processes)
{
    try
    {
        for (std::size_t i = 0; i < processes; ++i)
            start_one();
    }
    catch (...)
    {
        leave();
        throw;
    }
}

void echo::start_one()
{
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::generic_category(), "echo: socketpair");
    const pid_t parent = ::getpid();
    const pid_t id = children::start([&] {
        const pid_t child = ::fork();
        if (child != 0)
            return child;
        // The others' sockets stay open here, so the end of the parent has to be told.
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent)
            ::_exit(1);
        ::close(ends[0]);
        send_back(ends[1]);
    });
    ::close(ends[1]);
    if (id < 0)
    {
        ::close(ends[0]);
        throw std::system_error(errno, std::generic_category(), "echo: fork");
    }
    ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof longest_wait);
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &longest_wait, sizeof longest_wait);
    peers_.push_back({ends[0], id});
}

echo::~echo()
{
    leave();
}

void echo::leave()
{
    for (const auto& p : peers_)
    {
        ::close(p.socket);
        ::kill(p.id, SIGKILL);
        ::waitpid(p.id, nullptr, 0);
        children::forget(p.id);
    }
    peers_.clear();
}

std::size_t echo::exchange(const std::string& message, std::chrono::steady_clock::time_point until)
{
    received_.resize(message.size());
    for (const auto& p : peers_)
        send_all(p.socket, message);
    std::size_t calls = 0;
    for (bool again = true; again;)
    {
        again = std::chrono::steady_clock::now() < until;
        for (const auto& p : peers_)
        {
            receive_all(p.socket, received_);
            ++calls;
            if (again)
                send_all(p.socket, message);
        }
    }
    return calls;
}

} // namespace vn::bench
