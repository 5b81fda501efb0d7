#include "execution/script_record.hpp"

#include "core/sha256.hpp"

#include <fstream>
#include <iterator>

namespace vn {

namespace {

bool is_same(const struct stat& a, const struct stat& b)
{
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

} // namespace

const std::string& script_record::text()
{
    constexpr off_t largest = 1 << 20; // a program above it is not hashed on this thread
    struct stat now{};
    const bool readable = ::stat(path_.c_str(), &now) == 0 && S_ISREG(now.st_mode) && now.st_size <= largest;
    if (!readable)
        return path_;
    if (text_.empty() || !is_same(now, seen_))
    {
        std::ifstream in(path_, std::ios::binary);
        const std::string content(std::istreambuf_iterator<char>(in), {});
        text_ = in.is_open() ? path_ + " " + sha256_hex(content) : path_;
        seen_ = now;
    }
    return text_;
}

} // namespace vn
