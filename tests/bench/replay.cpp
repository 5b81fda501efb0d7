// bench-replay: sends a file of Redis commands as fast as Redis takes them, and reads the answers. Prints one JSON
// object: {"commands","errors","seconds"}.
#include <CLI/CLI.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace {

using clock = std::chrono::steady_clock;

// What Redis says to nothing for this long is not coming any more.
constexpr int longest_silence_ms = 30'000;

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

// Counts whole answers (RESP2) in what has come so far.
class answers
{
    std::string rest_;
    std::size_t wanted_ = 0; // parts of the answer that has begun

public:
    std::size_t count = 0;
    std::size_t errors = 0;
    std::string first_error;

    void take(std::string_view bytes)
    {
        rest_ += bytes;
        std::size_t at = 0;
        while (take_part(at))
            ;
        rest_.erase(0, at);
    }

private:
    bool take_part(std::size_t& at)
    {
        const auto end = rest_.find("\r\n", at);
        if (end == rest_.npos)
            return false;
        const char kind = rest_[at];
        std::size_t next = end + 2;
        std::size_t below = 0;
        if (kind == '$' || kind == '*')
        {
            const long n = std::atol(rest_.c_str() + at + 1);
            if (kind == '$' && n >= 0)
                next += static_cast<std::size_t>(n) + 2;
            else if (n > 0)
                below = static_cast<std::size_t>(n);
            if (next > rest_.size())
                return false;
        }
        else if (kind == '-' && ++errors == 1)
            first_error = rest_.substr(at, end - at);
        wanted_ = (wanted_ == 0 ? 1 : wanted_) - 1 + below;
        count += wanted_ == 0;
        at = next;
        return true;
    }
};

int connect_to(const std::string& path)
{
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    if (path.size() >= sizeof where.sun_path)
        throw std::runtime_error("the name of the socket is too long");
    std::memcpy(where.sun_path, path.data(), path.size());
    const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || ::connect(s, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
        fail("connect");
    ::fcntl(s, F_SETFL, ::fcntl(s, F_GETFL) | O_NONBLOCK);
    return s;
}

void exchange(int socket, std::string_view commands, std::size_t expected, answers& got)
{
    static char buffer[256 << 10];
    while (got.count < expected)
    {
        pollfd p{socket, static_cast<short>(POLLIN | (commands.empty() ? 0 : POLLOUT)), 0};
        if (::poll(&p, 1, longest_silence_ms) <= 0)
            throw std::runtime_error("Redis does not answer");
        if (p.revents & POLLOUT)
        {
            const auto n = ::send(socket, commands.data(), commands.size(), MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN)
                fail("send");
            commands.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
        }
        if (p.revents & (POLLIN | POLLHUP | POLLERR))
        {
            const auto n = ::recv(socket, buffer, sizeof buffer, 0);
            if (n == 0 || (n < 0 && errno != EAGAIN))
                fail("receive");
            got.take({buffer, n > 0 ? static_cast<std::size_t>(n) : 0});
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("Sends a file of Redis commands without waiting for answers in between.", "bench-replay");
    std::string file;
    std::string socket;
    std::size_t count = 0;
    arguments.add_option("--socket", socket)->required();
    arguments.add_option("--commands", count, "how many there are in the file")->required();
    arguments.add_option("FILE", file)->required()->check(CLI::ExistingFile);
    try
    {
        arguments.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return arguments.exit(e) == 0 ? 0 : 2;
    }
    try
    {
        std::ifstream in(file, std::ios::binary);
        const std::string commands{std::istreambuf_iterator<char>(in), {}};
        const int s = connect_to(socket);
        answers got;
        const auto begin = clock::now();
        exchange(s, commands, count, got);
        const std::chrono::duration<double> took = clock::now() - begin;
        ::close(s);
        std::cout << R"({"commands":)" << got.count << R"(,"errors":)" << got.errors << R"(,"seconds":)" << took.count()
                  << "}" << std::endl;
        if (got.errors > 0)
            std::cerr << "bench-replay: the first error: " << got.first_error << '\n';
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-replay: " << e.what() << '\n';
        return 1;
    }
}
