#include "check/process_state.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdint>
#include <fstream>

extern char** environ;

namespace vn::check {
namespace {

std::string status_line(const char* name)
{
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.rfind(name, 0) == 0)
            return line.substr(line.find_first_not_of(" \t", line.find(':') + 1));
    return {};
}

std::string handlers()
{
    std::string text;
    for (int number = 1; number < 32; ++number)
    {
        struct sigaction now{};
        if (number != SIGKILL && number != SIGSTOP && sigaction(number, nullptr, &now) == 0)
            text += std::to_string(reinterpret_cast<std::uintptr_t>(now.sa_handler)) + " ";
    }
    return text;
}

std::string environment()
{
    std::string text;
    for (char** each = environ; each && *each; ++each)
        (text += *each) += '\n';
    return text;
}

std::string identity(int fd)
{
    struct stat status{};
    return fstat(fd, &status) == 0 ? std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) : "closed";
}

std::size_t entries(const char* folder)
{
    std::size_t count = 0;
    if (const auto dir = opendir(folder))
    {
        while (readdir(dir))
            ++count;
        closedir(dir);
    }
    return count;
}

} // namespace

process_state state_of_process()
{
    char folder[4096] = "";
    const char* const locale = std::setlocale(LC_ALL, nullptr);
    return {
        {"the locale", locale ? locale : ""},
        {"the working folder", getcwd(folder, sizeof folder) ? folder : ""},
        {"the umask", status_line("Umask")},
        {"the signal handlers", handlers()},
        {"the signal mask", status_line("SigBlk")},
        {"the environment", environment()},
        {"the standard streams", identity(0) + " " + identity(1) + " " + identity(2)},
    };
}

std::vector<std::string> differences(const process_state& before, const process_state& after)
{
    std::vector<std::string> found;
    for (std::size_t i = 0; i < before.size() && i < after.size(); ++i)
        if (before[i].second != after[i].second)
            found.push_back("changes " + before[i].first);
    return found;
}

std::size_t open_descriptors()
{
    return entries("/proc/self/fd");
}
std::size_t running_threads()
{
    return entries("/proc/self/task") - 2;
} // without . and ..

} // namespace vn::check
