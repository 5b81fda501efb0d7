#include "redis/error.hpp"

#include <algorithm>

namespace vn::redis {

namespace {

struct named
{
    errc code;
    std::string_view word;
    const char* sentence;
};

constexpr named refusals[] = {
    {errc::noscript, "NOSCRIPT", "Redis does not know the script"},
    {errc::oom, "OOM", "Redis has no memory left"},
    {errc::readonly, "READONLY", "the Redis server is a replica"},
    {errc::masterdown, "MASTERDOWN", "the Redis replica has lost its master"},
    {errc::loading, "LOADING", "Redis is still loading its data"},
    {errc::busy, "BUSY", "Redis is busy with a script"},
    {errc::misconf, "MISCONF", "Redis cannot write its data to disk"},
    {errc::noauth, "NOAUTH", "Redis asks for a password"},
    {errc::wrongpass, "WRONGPASS", "Redis does not accept the user or the password"},
    {errc::noperm, "NOPERM", "the Redis user lacks a right"},
    {errc::nogroup, "NOGROUP", "the consumer group is gone"},
    {errc::busygroup, "BUSYGROUP", "the consumer group is there already"},
    {errc::wrongtype, "WRONGTYPE", "a key holds another kind of value"},
    {errc::unblocked, "UNBLOCKED", "the stream went away during a blocking read"},
    {errc::script_failed, "", "a script found something else in Redis than it should"},
    {errc::tryagain, "TRYAGAIN", "Redis asks to try again"},
    {errc::noreplicas, "NOREPLICAS", "Redis has fewer replicas than it must have to write"},
};

class category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "redis"; }

    std::string message(int value) const override
    {
        for (const auto& r : refusals)
            if (static_cast<int>(r.code) == value)
                return r.sentence;
        return "Redis refused the command";
    }
};

} // namespace

const boost::system::error_category& refusal_category() noexcept
{
    static const category instance;
    return instance;
}

errc classify(std::string_view text) noexcept
{
    // Scripts pass the word of an inner command through in front, but for a missing right of the user: the first text
    // is that of Redis 7, the other that of Redis 8.
    if (text.starts_with("ERR The user executing the script") || text.starts_with("ERR ACL failure in script"))
        return errc::noperm;
    const auto word = text.substr(0, text.find(' '));
    for (const auto& r : refusals)
        if (!r.word.empty() && word == r.word)
            return r.code;
    // Both an error of Lua and one of a command that a script has called.
    return text.find("user_script:") != text.npos ? errc::script_failed : errc::refused;
}

bool is_transient(error_code ec) noexcept
{
    if (ec.category() != refusal_category())
        return true; // the connection, not the command
    switch (static_cast<errc>(ec.value()))
    {
    case errc::oom:
    case errc::readonly:
    case errc::masterdown:
    case errc::loading:
    case errc::busy:
    case errc::misconf:
    case errc::noauth:
    case errc::wrongpass:
    case errc::noperm: // somebody has to give the right back; nothing may be lost until then
    case errc::unblocked:
    case errc::nogroup:
    case errc::tryagain:
    case errc::noreplicas:
    case errc::noscript:
        return true;
    case errc::refused:
    case errc::busygroup:
    case errc::wrongtype:
    case errc::script_failed:
        return false;
    }
    return false;
}

std::chrono::milliseconds pause_before_retry(int tries) noexcept
{
    return std::min(std::chrono::milliseconds(50) * (1 << std::clamp(tries, 0, 6)), std::chrono::milliseconds(2'000));
}

bool ends_connection(error_code ec) noexcept
{
    return ec == make_error_code(errc::readonly) || ec == make_error_code(errc::masterdown) ||
           ec == make_error_code(errc::noauth);
}

} // namespace vn::redis
