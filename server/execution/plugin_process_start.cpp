#include "execution/plugin_process_start.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vn {

namespace {

struct descriptor
{
    int fd = -1;
    ~descriptor()
    {
        if (fd >= 0)
            ::close(fd);
    }
    void release() { fd = -1; }
};

} // namespace

result<connected_process> start_plugin_process(asio::any_io_executor ex, const plugin_program& program,
                                               const plugin_settings& settings)
{
    const auto failed = [] { return error_code(errno, boost::system::system_category()); };
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failed();
    descriptor ours{ends[0]};
    const descriptor theirs{ends[1]};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return failed();
    descriptor read_end{ends[0]};
    const descriptor write_end{ends[1]};
    ::fcntl(read_end.fd, F_SETFL, O_NONBLOCK);

    // By which what leaves the session of this process is still known as its own.
    static std::uint64_t processes = 0;
    process_plan plan;
    plan.mark = "VN_HOST=" + std::to_string(::getpid()) + "." + std::to_string(++processes);
    plan.path = program.command.front();
    plan.arguments.assign(program.command.begin() + 1, program.command.end());
    plan.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/",
                        "VN_FD=3", plan.mark};
    plan.out = write_end.fd;
    plan.err = write_end.fd;
    plan.channel = theirs.fd;
    plan.limits = {.open_files = settings.open_files,
                   .memory_bytes = settings.memory_bytes,
                   .file_bytes = settings.file_bytes,
                   .processes = 0,
                   .cpu = {}};
    auto child = process::start(ex, plan);
    if (!child)
        return child.error();
    connected_process started{std::move(*child), asio::local::stream_protocol::socket(ex),
                              asio::posix::stream_descriptor(ex)};
    error_code error;
    started.frames.assign(asio::local::stream_protocol(), ours.fd, error);
    if (!error)
    {
        ours.release();
        started.printed.assign(read_end.fd, error);
    }
    if (error)
    {
        started.child.signal_group(SIGKILL);
        return error;
    }
    read_end.release();
    return started;
}

} // namespace vn
