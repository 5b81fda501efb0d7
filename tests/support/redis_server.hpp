// A redis-server of the test's own on a unix socket in a private folder; gone with the object.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vn::test {

class redis_server
{
public:
    redis_server()
    {
        char pattern[] = "/tmp/vn-test-redis-XXXXXX";
        BOOST_REQUIRE(::mkdtemp(pattern) != nullptr);
        folder_ = pattern;
        start();
    }

    ~redis_server()
    {
        stop();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    redis_server(const redis_server&) = delete;

    std::string url() const { return "unix://" + socket(); }
    std::string socket() const { return folder_ + "/s"; }

    void start()
    {
        pid_ = ::fork();
        BOOST_REQUIRE(pid_ >= 0);
        if (pid_ == 0)
        {
            const auto path = socket();
            ::execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path.c_str(), "--dir",
                     folder_.c_str(), "--appendonly", "no", "--save", "", "--logfile", "/dev/null", nullptr);
            ::_exit(127);
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (!answers())
            BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < end, "redis-server does not answer");
    }

    void stop()
    {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    bool answers() const
    {
        const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
        const bool up = ::connect(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(s);
        if (!up)
            ::poll(nullptr, 0, 5); // it is starting: look again soon
        return up;
    }

    std::string folder_;
    pid_t pid_ = -1;
};

} // namespace vn::test
