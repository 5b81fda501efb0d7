#include "execution/script_folders.hpp"

#include "core/log.hpp"

#include <boost/system/system_category.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace vn {

namespace {

constexpr int deepest = 100;

int open_folder(int at, const char* name)
{
    const auto open = [&] { return ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); };
    int fd = open();
    if (fd < 0 && errno == EACCES)
    {
        // Its owner took its own rights away. fchmodat() follows links, this way does not.
        const int handle = ::openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (handle < 0)
            return -1;
        ::chmod(("/proc/self/fd/" + std::to_string(handle)).c_str(), 0700);
        ::close(handle);
        fd = open();
    }
    return fd;
}

// Removes what is in the folder `fd`, which it closes. What lies too deep is moved up to `top`, where a later pass
// finds it, so that neither descriptors nor the stack can run out.
void clear(int fd, int top, int depth, std::size_t& left)
{
    ::fchmod(fd, 0700);
    DIR* const dir = ::fdopendir(fd);
    if (!dir)
    {
        ::close(fd);
        return;
    }
    while (const dirent* entry = left > 0 ? ::readdir(dir) : nullptr)
    {
        const char* const name = entry->d_name;
        if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0)
            continue;
        --left;
        if (::unlinkat(fd, name, 0) == 0)
            continue;
        if (depth == deepest)
        {
            const auto unique = "deep-" + std::to_string(left);
            ::renameat(fd, name, top, unique.c_str());
            continue;
        }
        const int inner = open_folder(fd, name);
        if (inner < 0)
            continue;
        clear(inner, top, depth + 1, left);
        ::unlinkat(fd, name, AT_REMOVEDIR);
    }
    ::closedir(dir);
}

bool is_empty(int folder)
{
    alignas(dirent64) char entries[1024];
    ::lseek(folder, 0, SEEK_SET);
    const long size = ::syscall(SYS_getdents64, folder, entries, sizeof entries);
    int count = 0;
    for (long at = 0; at < size; ++count)
    {
        std::uint16_t length = 0;
        std::memcpy(&length, entries + at + offsetof(dirent64, d_reclen), sizeof length);
        at += length;
    }
    return count <= 2 && size >= 0; // itself and its parent
}

// Removes at most `most` entries of it; whether it is empty now.
bool blocking_clear(int folder, std::size_t most)
{
    auto left = most;
    for (std::size_t before = 0; left > 0 && before != left && !is_empty(folder);)
    {
        before = left;
        const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            return false;
        clear(fd, folder, 0, left);
    }
    return is_empty(folder);
}

// What scripts of a killed server started: its own children died with it, theirs did not (H15).
std::size_t kill_leftovers(const std::string& folder)
{
    std::size_t killed = 0;
    const auto mark = "HOME=" + folder + "/";
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored))
    {
        const auto id = std::atoi(entry.path().filename().c_str());
        if (id <= 0 || id == ::getpid())
            continue;
        std::ifstream file(entry.path() / "environ", std::ios::binary);
        for (std::string variable; std::getline(file, variable, '\0');)
            if (variable.starts_with(mark))
            {
                ::kill(id, SIGKILL);
                ++killed;
                break;
            }
    }
    return killed;
}

int take_lock(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        throw std::runtime_error("the lock file " + path + " cannot be opened: " + std::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    ::close(fd);
    return -1;
}

} // namespace

script_folders::script_folders(const std::string& base)
{
    std::error_code error;
    std::filesystem::create_directories(base, error);
    if (error)
        throw std::runtime_error("the folder for scripts " + base + " cannot be made: " + error.message());
    const auto absolute = std::filesystem::canonical(base, error).string();
    ::chmod(absolute.c_str(), 0700);
    for (int i = 0; lock_ < 0; ++i)
    {
        base_ = absolute + "/" + std::to_string(i);
        lock_ = take_lock(base_ + ".lock");
    }

    if (const auto killed = kill_leftovers(base_); killed > 0)
        log::warning("killed what scripts of an earlier run had left", {{"processes", killed}});
    if (::mkdir(base_.c_str(), 0700) != 0 && errno != EEXIST)
    {
        const std::string reason = std::strerror(errno);
        ::close(lock_);
        throw std::runtime_error("the folder for scripts " + base_ + " cannot be made: " + reason);
    }
    const int all = open_folder(AT_FDCWD, base_.c_str());
    if (all < 0 || !blocking_clear(all, 10'000'000))
        log::warning("files of earlier scripts cannot be removed", {{"folder", base_}});
    if (all >= 0)
        ::close(all);
}

script_folders::~script_folders()
{
    for (const auto& f : free_)
    {
        ::close(f.fd);
        ::rmdir(f.path.c_str());
    }
    ::rmdir(base_.c_str());
    ::close(lock_);
}

result<script_folders::folder> script_folders::take()
{
    if (!free_.empty())
    {
        auto f = std::move(free_.back());
        free_.pop_back();
        return f;
    }
    // A name can be taken by one that was left behind.
    for (int tries = 0; tries < 1000; ++tries)
    {
        folder f{base_ + "/" + std::to_string(++made_), -1};
        if (::mkdir(f.path.c_str(), 0700) == 0)
            f.fd = open_folder(AT_FDCWD, f.path.c_str());
        if (f.fd >= 0)
            return f;
        if (errno != EEXIST)
            break;
    }
    return error_code(errno, boost::system::system_category());
}

bool script_folders::blocking_restore(const folder& f)
{
    struct stat opened{};
    struct stat named{};
    const bool same = ::fstat(f.fd, &opened) == 0 && ::lstat(f.path.c_str(), &named) == 0 &&
                      opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
    if (!same)
        return false;
    if ((opened.st_mode & 07777) != 0700)
        ::fchmod(f.fd, 0700);
    return is_empty(f.fd) || blocking_clear(f.fd, 100'000);
}

void script_folders::give_back(folder f, bool restored)
{
    if (restored)
    {
        free_.push_back(std::move(f));
        return;
    }
    log::warning("a script's folder cannot be used again", {{"folder", f.path}});
    ::close(f.fd);
}

} // namespace vn
