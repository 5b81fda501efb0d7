#include "execution/plugin_file.hpp"

#include "core/sha256.hpp"
#include "execution/plugin_file_elf.hpp"

#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace vn {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 10'000;

class descriptor
{
    int fd_;

public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int get() const { return fd_; }
};

std::string reason()
{
    return std::strerror(errno);
}

std::int64_t nanoseconds(const timespec& t)
{
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

file_stamp stamp_of(const struct stat& s)
{
    return {s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size), nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
}

std::optional<failure> judge_owner(const struct stat& s, const std::string& what)
{
    const auto untrusted = [&](const char* why) {
        return failure{.code = "plugin-untrusted", .message = what + " " + why};
    };
    if (s.st_uid != 0 && s.st_uid != ::geteuid())
        return untrusted("belongs neither to root nor to the user of the server");
    if ((s.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return untrusted("can be written by its group or by others");
    return std::nullopt;
}

std::optional<failure> judge_parents(const fs::path& folder)
{
    for (auto parent = folder.parent_path();; parent = parent.parent_path())
    {
        struct stat s{};
        if (::stat(parent.c_str(), &s) == 0 && (s.st_mode & S_IWOTH) != 0 && (s.st_mode & S_ISVTX) == 0)
            return failure{.code = "plugin-untrusted",
                           .message = "the folder " + parent.string() + " can be written by others and is not sticky"};
        if (parent == parent.parent_path())
            return std::nullopt;
    }
}

std::optional<failure> judge_folder(const std::string& folder, int fd, const struct stat& s)
{
    if (auto bad = judge_owner(s, "the folder " + folder))
        return bad;
    // Through the descriptor: the name may lead over links.
    std::error_code ec;
    const auto real = fs::read_symlink("/proc/self/fd/" + std::to_string(fd), ec);
    return judge_parents(ec ? fs::path(folder) : real);
}

bool is_plugin_name(std::string_view name)
{
    return name.size() > 3 && name.ends_with(".so") && name.front() != '.';
}

failure not_copied(const std::string& why)
{
    return {.code = "plugin-not-copied", .message = "the file cannot be copied: " + why};
}

bool write_all(int fd, std::string_view piece)
{
    while (!piece.empty())
    {
        const auto n = ::write(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        piece.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// The hash of what was copied; bytes counts it.
result<std::string, failure> copy_bytes(int from, int to, std::uint64_t limit, std::uint64_t& bytes)
{
    sha256_digest digest;
    std::vector<char> buffer(1 << 16);
    for (;;)
    {
        const auto n = ::read(from, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failure{.code = "plugin-unreadable", .message = "the file cannot be read: " + reason()};
        if (n == 0)
            return digest.hex();
        bytes += static_cast<std::uint64_t>(n);
        if (bytes > limit)
            return failure{.code = "plugin-changing", .message = "the file grows while it is copied"};
        const std::string_view piece(buffer.data(), static_cast<std::size_t>(n));
        digest.add(piece);
        if (!write_all(to, piece))
            return not_copied(reason());
    }
}

std::optional<failure> judge_file(int fd, const struct stat& s, std::uint64_t max_bytes)
{
    if (!S_ISREG(s.st_mode))
        return failure{.code = "plugin-wrong-kind", .message = "this is not a regular file"};
    if (auto bad = judge_owner(s, "the file"))
        return bad;
    if ((s.st_mode & (S_ISUID | S_ISGID)) != 0)
        return failure{.code = "plugin-untrusted", .message = "the file is set-uid or set-gid"};
    if (static_cast<std::uint64_t>(s.st_size) > max_bytes)
        return failure{.code = "plugin-too-large",
                       .message = "the file is larger than " + std::to_string(max_bytes) + " bytes"};
    return judge_elf(fd, static_cast<std::uint64_t>(s.st_size));
}

} // namespace

folder_listing blocking_list_plugins(const std::string& folder)
{
    folder_listing out;
    const descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat s{};
    if (fd.get() < 0 || ::fstat(fd.get(), &s) != 0)
    {
        out.problem = failure{.code = "plugin-folder", .message = "the folder cannot be read: " + reason()};
        return out;
    }
    out.device = s.st_dev;
    out.problem = judge_folder(folder, fd.get(), s);

    std::error_code ec;
    for (fs::directory_iterator entry(folder, ec), end; !ec && entry != end; entry.increment(ec))
    {
        const auto name = entry->path().filename().string();
        if (!is_plugin_name(name) || ::fstatat(fd.get(), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        out.files.emplace((fs::path(folder) / name).string(), stamp_of(s));
        if (out.files.size() >= most_files)
            break;
    }
    if (ec)
        out.problem = failure{.code = "plugin-folder", .message = "the folder cannot be read: " + ec.message()};
    return out;
}

result<plugin_copy, failure> blocking_copy_plugin(const std::string& file, const std::string& copies,
                                                  std::uint64_t max_bytes)
{
    // Not blocking: a FIFO would wait for somebody to write.
    const descriptor from(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (from.get() < 0)
        return errno == ELOOP ? failure{.code = "plugin-wrong-kind", .message = "this is a symbolic link"}
               : errno == ENXIO
                   ? failure{.code = "plugin-wrong-kind", .message = "this is not a regular file"}
                   : failure{.code = "plugin-unreadable", .message = "the file cannot be opened: " + reason()};
    struct stat before{};
    ::fstat(from.get(), &before);
    if (auto bad = judge_file(from.get(), before, max_bytes))
        return std::move(*bad);

    const auto part = copies + "/.part-" + std::to_string(before.st_dev) + "-" + std::to_string(before.st_ino);
    ::unlink(part.c_str());
    const descriptor to(::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0500));
    if (to.get() < 0)
        return not_copied(reason());
    std::uint64_t bytes = 0;
    auto copied = [&]() -> result<plugin_copy, failure> {
        auto hash = copy_bytes(from.get(), to.get(), max_bytes, bytes);
        if (!hash)
            return hash.error();
        struct stat after{};
        ::fstat(from.get(), &after);
        if (stamp_of(after) != stamp_of(before) || bytes != static_cast<std::uint64_t>(before.st_size))
            return failure{.code = "plugin-changing", .message = "the file is being written to"};
        // Once more: what was judged may have changed before it was copied.
        if (auto bad = judge_elf(to.get(), bytes))
            return std::move(*bad);
        auto path = copies + "/" + hash->substr(0, 32) + ".so";
        if (::rename(part.c_str(), path.c_str()) != 0)
            return not_copied(reason());
        return plugin_copy{std::move(path), std::move(*hash)};
    }();
    if (!copied)
        ::unlink(part.c_str());
    return copied;
}

result<std::vector<std::string>, failure> blocking_read_allow_list(const std::string& file)
{
    const auto bad = [&](const std::string& what) {
        return failure{.code = "plugin-allow-list", .message = "the list of allowed plugins " + file + " " + what};
    };
    struct stat s{};
    std::ifstream in(file);
    if (!in || ::stat(file.c_str(), &s) != 0 || !S_ISREG(s.st_mode))
        return bad("cannot be read");
    if (judge_owner(s, file))
        return bad("can be written by somebody else");
    std::vector<std::string> hashes;
    for (std::string line; std::getline(in, line);)
    {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == line.npos || line[begin] == '#')
            continue;
        auto hash = line.substr(begin, line.find_first_of(" \t\r", begin) - begin);
        const bool fits = hash.size() == 64 && hash.find_first_not_of("0123456789abcdefABCDEF") == hash.npos;
        if (!fits)
            return bad("has a line that is no SHA-256");
        for (auto& c : hash)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        hashes.push_back(std::move(hash));
    }
    return hashes;
}

} // namespace vn
