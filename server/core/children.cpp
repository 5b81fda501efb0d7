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
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace vn::children {

namespace {

using clock = std::chrono::steady_clock;

struct registry
{
    std::mutex mutex;
    std::unordered_map<pid_t, std::string> wanted; // with their marks
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
        const std::string list = content_of(path, 1 << 20);
        for (std::string_view rest = list; !rest.empty();)
        {
            const auto blank = rest.find(' ');
            if (const pid_t id = number_of(rest.substr(0, blank)); id > 0)
                found.push_back(id);
            rest.remove_prefix(blank == rest.npos ? rest.size() : blank + 1);
        }
    });
    return found;
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

bool reap_if_ended(pid_t child, int& status)
{
    status = -1;
    pid_t answer = 0;
    do
        answer = ::waitpid(child, &status, WNOHANG | __WALL);
    while (answer < 0 && errno == EINTR);
    return answer != 0;
}

} // namespace

pid_t start(const std::function<pid_t()>& fork_one, std::string mark)
{
    auto& r = known();
    const std::lock_guard lock(r.mutex);
    const pid_t child = fork_one();
    const int error = errno;
    if (child > 0)
        r.wanted.insert_or_assign(child, std::move(mark));
    errno = error;
    return child;
}

bool reap(pid_t child, int& status)
{
    auto& r = known();
    const std::lock_guard lock(r.mutex);
    if (!reap_if_ended(child, status))
        return false;
    r.wanted.erase(child);
    return true;
}

void forget(pid_t child)
{
    auto& r = known();
    const std::lock_guard lock(r.mutex);
    r.wanted.erase(child);
}

std::size_t kill_strays()
{
    auto& r = known();
    const std::lock_guard lock(r.mutex);
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
            return left + (round == 16 ? reaped : 0);
    }
}

void become_subreaper()
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

} // namespace vn::children
