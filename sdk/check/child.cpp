#include "check/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace vn::check {
namespace {

constexpr std::size_t print_limit = 64 * 1024;

struct pipe_ends
{
    int read = -1, write = -1;

    pipe_ends()
    {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe");
        read = ends[0];
        write = ends[1];
        fcntl(read, F_SETFL, O_NONBLOCK);
    }
    ~pipe_ends()
    {
        ::close(read);
        close_write();
    }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;

    void close_write()
    {
        if (write >= 0)
            ::close(write);
        write = -1;
    }
};

[[noreturn]] void be_child(const std::function<void(voice&)>& trial, voice& out, int printed, std::size_t memory_mb)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    dup2(printed, STDOUT_FILENO);
    dup2(printed, STDERR_FILENO);
    if (const int null = open("/dev/null", O_RDONLY | O_CLOEXEC); null >= 0)
        dup2(null, STDIN_FILENO);

    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (!__sanitizer_get_current_allocated_bytes)
    {
        const rlimit data{memory_mb << 20, memory_mb << 20};
        setrlimit(RLIMIT_DATA, &data);
    }

    try
    {
        trial(out);
    }
    catch (const std::exception& e)
    {
        out.problem(e.what());
    }
    out.finished();
    std::exit(0); // runs what the plugin left for the end of the process
}

// Appends what can be read now; keeps at most limit bytes, counts all.
void drain(int fd, std::string& kept, std::size_t limit, std::size_t& total)
{
    char buffer[16 * 1024];
    for (int i = 0; i < 64; ++i) // bounded: a child that prints for ever must not keep us from killing it
    {
        const auto got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            return;
        total += static_cast<std::size_t>(got);
        kept.append(buffer, std::min(static_cast<std::size_t>(got), limit - std::min(limit, kept.size())));
    }
}

// Processes that were left behind come to us, a subreaper; they are ended. Gives their number.
std::size_t end_leftovers(pid_t group)
{
    kill(-group, SIGKILL);
    std::size_t count = 0;
    for (int round = 0; round < 100; ++round)
    {
        std::ifstream in("/proc/self/task/" + std::to_string(getpid()) + "/children");
        bool any = false;
        for (pid_t pid; in >> pid;)
        {
            any = true;
            kill(pid, SIGKILL);
            if (waitpid(pid, nullptr, 0) == pid)
                ++count;
        }
        if (!any)
            break;
    }
    return count;
}

void parse_records(const std::string& told, outcome& result)
{
    for (std::size_t at = 0; at < told.size();)
    {
        const auto end = std::min(told.find('\x1e', at), told.size());
        if (told[at] == 'D')
            result.returned = true;
        else if (end > at)
            result.records.push_back({told[at], told.substr(at + 1, end - at - 1)});
        at = end + 1;
    }
}

} // namespace

void voice::send(char kind, std::string_view text)
{
    std::string line(1, kind);
    for (const char c : text.substr(0, 2000))
        line += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
    line += '\x1e';
    // One write below PIPE_BUF is never mixed with another thread's.
    for (std::string_view rest = line; !rest.empty();)
    {
        const auto written = write(pipe_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

void voice::finished()
{
    send('D', "");
    place_[place_size] = 1; // also when the plugin has closed the pipe
}

void voice::at(std::string_view what)
{
    std::snprintf(place_, place_size, "%.*s", static_cast<int>(what.size()), what.data());
}

outcome run_in_child(const std::function<void(voice&)>& trial, std::chrono::milliseconds limit, std::size_t memory_mb)
{
    using clock = std::chrono::steady_clock;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pipe_ends talk, print;
    const auto memory = mmap(nullptr, voice::place_size + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "mmap");
    const auto place = static_cast<char*>(memory);

    std::fflush(nullptr);
    const auto pid = fork();
    if (pid < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0)
    {
        voice out(talk.write, place);
        be_child(trial, out, print.write, memory_mb);
    }
    talk.close_write();
    print.close_write();

    std::string told, printed;
    std::size_t told_size = 0, printed_size = 0;
    int status = 0;
    bool timed_out = false;
    const auto end = clock::now() + limit;
    for (bool running = true; running;)
    {
        pollfd ready[] = {{talk.read, POLLIN, 0}, {print.read, POLLIN, 0}};
        // Hung-up pipes are always ready; a child that closed them is waited for all the same.
        if (poll(ready, 2, 5) > 0 && !((ready[0].revents | ready[1].revents) & POLLIN))
            poll(nullptr, 0, 5);
        running = waitpid(pid, &status, WNOHANG) != pid;
        drain(talk.read, told, 4u << 20, told_size);
        drain(print.read, printed, 200, printed_size);
        if (running && !timed_out && clock::now() >= end)
        {
            timed_out = true;
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
        }
    }
    const auto leftovers = end_leftovers(pid);
    drain(talk.read, told, 4u << 20, told_size);

    outcome result;
    parse_records(told, result);
    const std::string where = *place ? std::string(" (") + place + ")" : "";
    const bool finished = place[voice::place_size] != 0;
    munmap(memory, voice::place_size + 1);

    const auto problem = [&](const std::string& text) { result.records.push_back({'P', text}); };
    const char* const when = result.returned ? "at the end of the process: " : "";
    if (finished && !result.returned && !timed_out)
        problem("closes files that are not its own");
    else if (timed_out)
        problem(when + std::string("does not return") + (result.returned ? "" : where));
    else if (WIFSIGNALED(status))
        problem(when + std::string("SIG") + sigabbrev_np(WTERMSIG(status)) + (result.returned ? "" : where));
    else if (!result.returned)
        problem("ends the process, exit status " + std::to_string(WEXITSTATUS(status)) + where);
    else if (WEXITSTATUS(status) != 0)
        problem("at the end of the process: exit status " + std::to_string(WEXITSTATUS(status)));
    if (leftovers > 0)
        problem("leaves " + std::to_string(leftovers) + " processes behind");
    if (printed_size > print_limit)
        problem("prints " + std::to_string(printed_size) + " bytes");
    else if (printed_size > 0)
        result.records.push_back({'N', "prints: " + printed.substr(0, printed.find('\n'))});
    result.returned = result.returned && !timed_out;
    return result;
}

std::size_t memory_in_use()
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    in >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

} // namespace vn::check
