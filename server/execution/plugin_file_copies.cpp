#include "execution/plugin_file_copies.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vn {

namespace fs = std::filesystem;

plugin_copies::plugin_copies(const std::string& base)
{
    const auto fail = [&](const std::string& why) {
        throw std::runtime_error("the folder for copies of plugins " + base + " cannot be used: " + why);
    };
    std::error_code error;
    fs::create_directories(base, error);
    if (error)
        fail(error.message());
    const auto absolute = fs::canonical(base, error).string();
    ::chmod(absolute.c_str(), 0700);
    for (int i = 0; lock_ < 0; ++i)
    {
        folder_ = absolute + "/" + std::to_string(i);
        const int fd = ::open((folder_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            fail(std::strerror(errno));
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
            lock_ = fd;
        else
            ::close(fd);
    }
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
    {
        const std::string why = std::strerror(errno);
        ::close(lock_);
        fail(why);
    }
    blocking_sweep({});
}

plugin_copies::~plugin_copies()
{
    blocking_sweep({});
    ::rmdir(folder_.c_str());
    ::close(lock_);
}

void plugin_copies::blocking_sweep(const std::set<std::string>& in_use) const
{
    std::error_code ignored;
    for (fs::directory_iterator entry(folder_, ignored), end; !ignored && entry != end; entry.increment(ignored))
        if (!in_use.contains(entry->path().string()))
            ::unlink(entry->path().c_str());
}

} // namespace vn
