#include "execution/file_fetcher.hpp"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <stdexcept>

namespace vn {

namespace {

using clock = std::chrono::steady_clock;

failure missing()
{
    return failure{.code = "document-missing", .message = "There is no such file."};
}

// Nothing for a form that names no file of this machine.
std::optional<std::string> path_in(std::string_view uri)
{
    if (uri_scheme(uri) == "file")
    {
        uri.remove_prefix(5);
        if (uri.starts_with("//"))
        {
            uri.remove_prefix(2);
            const auto slash = uri.find('/');
            const auto host = uri.substr(0, slash);
            if (slash == uri.npos || !(host.empty() || host == "localhost"))
                return std::nullopt;
            uri.remove_prefix(slash);
        }
    }
    if (uri.empty())
        return std::nullopt;
    return std::string(uri);
}

int open_in(int directory, const char* path)
{
    open_how how{};
    // Without O_NONBLOCK a FIFO would be waited for.
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 100; ++attempt)
    {
        const auto fd = static_cast<int>(syscall(SYS_openat2, directory, path, &how, sizeof how));
        // EAGAIN: a folder on the way was renamed meanwhile and beneath could not be made sure of.
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            return fd;
    }
    return -1;
}

result<std::string, failure> read_all(int fd, std::size_t limit, clock::time_point deadline)
{
    std::string bytes;
    for (;;)
    {
        if (clock::now() > deadline)
            return failure{.code = "document-timeout", .message = "The file could not be read in time."};
        const auto had = bytes.size();
        bytes.resize(had + (1u << 18));
        const auto size = read(fd, bytes.data() + had, bytes.size() - had);
        bytes.resize(had + (size > 0 ? static_cast<std::size_t>(size) : 0));
        if (size == 0)
            return bytes;
        if (size < 0 && errno != EINTR)
            return failure{.code = "document-unavailable", .message = "The file could not be read."};
        if (bytes.size() > limit)
            return failure{.code = "document-too-large", .message = "The file is too large."};
    }
}

} // namespace

file_fetcher::file_fetcher(file_fetcher_settings settings) : settings_(std::move(settings))
{
    for (const auto& name : settings_.roots)
    {
        const std::unique_ptr<char, decltype(&std::free)> real(realpath(name.c_str(), nullptr), &std::free);
        const int fd = real ? open(real.get(), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        if (fd < 0)
        {
            const std::string why = std::strerror(errno);
            for (const auto& r : roots_)
                close(r.directory);
            throw std::runtime_error("folder for documents '" + name + "': " + why);
        }
        std::string path = real.get();
        if (!path.ends_with('/'))
            path += '/';
        roots_.push_back({std::move(path), fd});
    }
}

file_fetcher::~file_fetcher()
{
    for (const auto& r : roots_)
        close(r.directory);
}

int file_fetcher::open_beneath(const std::string& path) const
{
    if (!path.starts_with('/'))
        return roots_.empty() ? -1 : open_in(roots_.front().directory, path.c_str());
    for (std::size_t i = 0; i < roots_.size(); ++i)
        for (const auto& prefix : {roots_[i].path, settings_.roots[i] + '/'})
            if (path.starts_with(prefix))
            {
                const auto inside = path.find_first_not_of('/', prefix.size());
                const int fd = inside == path.npos ? -1 : open_in(roots_[i].directory, path.c_str() + inside);
                if (fd >= 0)
                    return fd;
            }
    return -1;
}

result<std::string, failure> file_fetcher::blocking_fetch(const std::string& uri) const
{
    const auto path = path_in(uri);
    const int fd = path ? open_beneath(*path) : -1;
    if (fd < 0)
        return missing();
    struct closing
    {
        int fd;
        ~closing() { close(fd); }
    } const guard{fd};

    struct stat info{};
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return missing();
    if (info.st_size > 0 && static_cast<std::size_t>(info.st_size) > settings_.max_bytes)
        return failure{.code = "document-too-large", .message = "The file is too large."};
    return read_all(fd, settings_.max_bytes, clock::now() + settings_.time_limit);
}

} // namespace vn
