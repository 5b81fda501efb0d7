#include "app/redis_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace vn {

namespace {

namespace fs = std::filesystem;

constexpr off_t largest_log = 4 << 20;
const std::string short_prefix = "/tmp/vn-redis-";

failure unusable(const std::string& path, const std::string& why)
{
    return {.code = "data-folder", .message = "The data folder " + path + " cannot be used: " + why + "."};
}

std::string log_of(const std::string& path)
{
    return path + "/redis.log";
}

bool works_in(pid_t id, const std::string& folder)
{
    std::error_code error;
    const auto place = fs::read_symlink("/proc/" + std::to_string(id) + "/cwd", error);
    return !error && place == folder;
}

// Who listens on the socket; 0 if nobody does.
pid_t listener_of(const std::string& socket_path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof address.sun_path)
        return 0;
    std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        peer.pid = 0;
    ::close(fd);
    return peer.pid;
}

} // namespace

result<void, failure> redis_folder::enter()
{
    std::error_code error;
    fs::create_directories(data_dir_ + "/redis", error);
    if (error)
        return unusable(data_dir_, error.message());
    path_ = fs::canonical(data_dir_ + "/redis", error);
    if (error || ::chmod(path_.c_str(), 0700) != 0)
        return unusable(data_dir_, error ? error.message() : std::strerror(errno));

    const auto name = data_dir_ + "/lock";
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return unusable(data_dir_, name + ": " + std::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    {
        char holder[32] = {};
        const auto n = ::read(fd, holder, sizeof holder - 1);
        ::close(fd);
        const auto who = n > 0 ? ", process " + std::string(holder, strcspn(holder, "\n")) : std::string();
        return failure{.code = "data-folder-in-use",
                       .message = "The data folder " + data_dir_ + " is used by another server" + who +
                                  ". Give this one a folder of its own (VN_DATA_DIR) or a Redis (REDIS_URL)."};
    }
    const auto own = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, own.data(), own.size(), 0) != static_cast<ssize_t>(own.size()))
    {
        const std::string why = std::strerror(errno);
        ::close(fd);
        return unusable(data_dir_, name + ": " + why);
    }
    lock_ = fd;
    return {};
}

result<void, failure> redis_folder::make_room_for_socket()
{
    std::error_code ignored;
    const auto link = path_ + "/short";
    if (const auto old = fs::read_symlink(link, ignored); old.string().starts_with(short_prefix))
    {
        // Never a recursive removal: the name came from a file.
        ::unlink((old / "redis.sock").c_str());
        ::rmdir(old.c_str());
    }
    ::unlink(link.c_str());

    socket_ = path_ + "/redis.sock";
    if (socket_.size() >= sizeof(sockaddr_un::sun_path))
    {
        auto name = short_prefix + "XXXXXX";
        if (!::mkdtemp(name.data()))
            return unusable("/tmp", std::strerror(errno));
        short_folder_ = name;
        socket_ = name + "/redis.sock";
        fs::create_symlink(name, link, ignored);
    }
    ::unlink(socket_.c_str());
    return {};
}

void redis_folder::leave()
{
    if (lock_ < 0)
        return;
    if (!socket_.empty())
        ::unlink(socket_.c_str());
    if (!short_folder_.empty())
    {
        ::rmdir(short_folder_.c_str());
        ::unlink((path_ + "/short").c_str());
    }
    short_folder_.clear();
    ::close(std::exchange(lock_, -1));
}

pid_t redis_folder::occupant() const
{
    pid_t id = 0;
    std::ifstream(pid_file()) >> id;
    if (id > 0 && works_in(id, path_))
        return id;
    std::error_code ignored;
    for (const auto& place : {path_, fs::read_symlink(path_ + "/short", ignored).string()})
        if (const auto listener = listener_of(place + "/redis.sock"); listener > 0 && works_in(listener, path_))
            return listener;
    return 0;
}

int redis_folder::open_log() const
{
    bound_log();
    return ::open(log_of(path_).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void redis_folder::bound_log() const
{
    struct stat now{};
    if (::stat(log_of(path_).c_str(), &now) == 0 && now.st_size > largest_log)
        static_cast<void>(!::truncate(log_of(path_).c_str(), 0)); // if not, then next time
}

std::string redis_folder::last_words() const
{
    std::ifstream file(log_of(path_), std::ios::ate);
    constexpr std::streamoff most = 600;
    const auto size = static_cast<std::streamoff>(file.tellg());
    file.seekg(std::max<std::streamoff>(0, size - most));
    std::string words;
    for (std::string line; std::getline(file, line);)
        words += words.empty() ? line : " / " + line;
    return words;
}

} // namespace vn
