#include "core/children.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace vn::children {

namespace {

using clock = std::chrono::steady_clock;

struct registry
{
    // Held shared from a fork until the child is wanted, and alone by a scan, which waits its turn.
    std::shared_mutex starting;
    std::mutex turn;

    std::mutex mutex;                              // of what follows
    std::unordered_map<pid_t, std::string> wanted; // with their marks
    bool has_forgotten = false;                    // a child, which any thread may have started
    // Strays in the middle of execve(), when they have no environment: since when.
    std::unordered_map<pid_t, clock::time_point> unclear;
};

registry& known()
{
    static registry instance;
    return instance;
}

// At most limit bytes of a file of /proc; nothing if it cannot be read (the process may be gone).
std::string content_of(const char* path, std::size_t limit)
{
    std::string content;
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return content;
    for (char part[4096]; content.size() < limit;)
    {
        const ssize_t n = ::read(fd, part, sizeof part);
        if (n <= 0)
            break;
        content.append(part, static_cast<std::size_t>(n));
    }
    ::close(fd);
    return content;
}

pid_t number_of(std::string_view name)
{
    pid_t value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    return error == std::errc() && end == name.data() + name.size() ? value : 0;
}

// Calls f for every entry of a folder of /proc that is a number.
template <class F>
void for_each_id(const char* folder, F f)
{
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder), ::closedir);
    if (!dir)
        return;
    while (const dirent* entry = ::readdir(dir.get()))
        if (const pid_t id = number_of(entry->d_name); id > 0)
            f(id);
}

// ... for every number between blanks.
template <class F>
void for_each_number(std::string_view list, F f)
{
    while (!list.empty())
    {
        const auto blank = list.find(' ');
        if (const pid_t id = number_of(list.substr(0, blank)); id > 0)
            f(id);
        list.remove_prefix(blank == list.npos ? list.size() : blank + 1);
    }
}

bool have_children_files()
{
    static const bool answer = ::access("/proc/thread-self/children", R_OK) == 0;
    return answer;
}

std::vector<pid_t> own_children()
{
    std::vector<pid_t> found;
    if (!have_children_files())
    {
        // A kernel without them: ask for every process whether it is a child.
        for_each_id("/proc", [&](pid_t id) {
            siginfo_t info{};
            if (::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0)
                found.push_back(id);
        });
        return found;
    }
    for_each_id("/proc/self/task", [&](pid_t thread) {
        char path[64];
        std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(thread));
        for_each_number(content_of(path, 1 << 20), [&](pid_t id) { found.push_back(id); });
    });
    return found;
}

// What the main thread has for children; nothing if that cannot be told in one read. The file stays open: to open it
// costs more than to read it.
class main_children
{
    pid_t of_ = 0;
    int fd_ = -1;

public:
    std::optional<std::string_view> read(char (&buffer)[4096])
    {
        if (const pid_t self = ::getpid(); self != of_)
        {
            char path[64];
            std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(self));
            if (fd_ >= 0)
                ::close(fd_);
            fd_ = ::open(path, O_RDONLY | O_CLOEXEC);
            of_ = self;
        }
        const ssize_t n = fd_ < 0 ? -1 : ::pread(fd_, buffer, sizeof buffer, 0);
        if (n < 0 || n == sizeof buffer)
            return std::nullopt;
        return std::string_view(buffer, static_cast<std::size_t>(n));
    }
};

// What is orphaned among our descendants becomes a child of our first thread that lives, which is the main one; the
// children of other threads are those that they started.
bool may_have_strays(registry& r)
{
    static main_children of_main;
    const std::lock_guard lock(r.mutex);
    char buffer[4096];
    const auto list = r.has_forgotten ? std::nullopt : of_main.read(buffer);
    if (!list)
        return true;
    bool all_wanted = true;
    for_each_number(*list, [&](pid_t id) { all_wanted = all_wanted && r.wanted.contains(id); });
    return !all_wanted;
}

bool has_entry(std::string_view environment, std::string_view entry)
{
    while (!environment.empty())
    {
        const auto end = environment.find('\0');
        if (environment.substr(0, end) == entry)
            return true;
        environment.remove_prefix(end == environment.npos ? environment.size() : end + 1);
    }
    return false;
}

enum class owner
{
    none,
    wanted, // what a child that still runs has started: killing it would change what that child does
    unclear
};

owner owner_of(pid_t stray, registry& r)
{
    if (r.wanted.contains(::getsid(stray)))
        return owner::wanted;
    const auto own = "/proc/" + std::to_string(stray);
    const std::string environment = content_of((own + "/environ").c_str(), 1 << 20);
    if (!environment.empty())
        r.unclear.erase(stray);
    for (const auto& [pid, mark] : r.wanted)
        if (!mark.empty() && has_entry(environment, mark))
            return owner::wanted;
    if (!environment.empty() || !content_of((own + "/cmdline").c_str(), 1).empty())
        return owner::none;

    // execve() is short; who shows nothing for long has hidden it.
    constexpr auto longest = std::chrono::milliseconds(200);
    const auto now = clock::now();
    const auto since = r.unclear.try_emplace(stray, now).first->second;
    return now - since < longest ? owner::unclear : owner::none;
}

std::chrono::microseconds length_of(const timeval& t)
{
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
}

bool reap_if_ended(pid_t child, int& status, std::chrono::microseconds* processor = nullptr)
{
    status = -1;
    rusage used{};
    pid_t answer = 0;
    do
        answer = ::wait4(child, &status, WNOHANG | __WALL, &used);
    while (answer < 0 && errno == EINTR);
    if (processor)
        *processor = length_of(used.ru_utime) + length_of(used.ru_stime);
    return answer != 0;
}

} // namespace

pid_t start(const std::function<pid_t()>& fork_one, std::string mark)
{
    auto& r = known();
    {
        const std::lock_guard turn(r.turn);
        r.starting.lock_shared();
    }
    const std::shared_lock until_known(r.starting, std::adopt_lock);
    const pid_t child = fork_one();
    const int error = errno;
    if (child > 0)
    {
        const std::lock_guard lock(r.mutex);
        r.wanted.insert_or_assign(child, std::move(mark));
    }
    errno = error;
    return child;
}

bool reap(pid_t child, int& status, std::chrono::microseconds* processor)
{
    auto& r = known();
    const std::lock_guard lock(r.mutex);
    if (!reap_if_ended(child, status, processor))
        return false;
    r.wanted.erase(child);
    return true;
}

void forget(pid_t child)
{
    auto& r = known();
    const std::lock_guard lock(r.mutex);
    r.wanted.erase(child);
    r.has_forgotten = true;
}

std::size_t kill_strays()
{
    auto& r = known();
    if (!may_have_strays(r))
        return 0;
    // Who starts children without end does not keep a scan waiting for ever.
    const std::lock_guard turn(r.turn);
    const std::lock_guard nobody_starts(r.starting);
    const std::lock_guard lock(r.mutex);
    r.has_forgotten = false;
    // What had ended already may have left children that came to us after the list was read: look again. Bounded,
    // for something that forks without end is the caller's to fight, who can wait between two calls.
    for (int round = 0;; ++round)
    {
        std::size_t reaped = 0;
        std::size_t left = 0;
        for (const pid_t child : own_children())
        {
            int status = 0;
            if (r.wanted.contains(child))
                continue;
            if (reap_if_ended(child, status))
            {
                r.unclear.erase(child);
                ++reaped;
                continue;
            }
            const auto whose = owner_of(child, r);
            if (whose == owner::wanted)
                continue;
            if (whose == owner::none)
                ::kill(child, SIGKILL);
            ++left;
        }
        if (left > 0 || reaped == 0 || round == 16)
        {
            r.has_forgotten = left > 0;
            return left + (round == 16 ? reaped : 0);
        }
    }
}

void become_subreaper()
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

} // namespace vn::children
