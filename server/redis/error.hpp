// What Redis says when it refuses a command, as error codes a program can decide on.
#pragma once

#include "core/error.hpp"

#include <chrono>
#include <string_view>

namespace vn::redis {

// Names follow the first word of Redis's error; sentences and the reaction to each are in error.cpp.
enum class errc
{
    refused = 1, // any error that is not listed below
    noscript,
    oom,
    readonly,
    masterdown,
    loading,
    busy,
    misconf,
    noauth,
    wrongpass,
    noperm,
    nogroup,
    busygroup,
    wrongtype,
    unblocked,
    tryagain,
    noreplicas,
    script_failed, // on what it found: a key was changed by somebody else
};

const boost::system::error_category& refusal_category() noexcept;
inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), refusal_category()};
}

// The code for the text of an error reply.
errc classify(std::string_view text) noexcept;

// Redis is full: running work goes on, new work is refused.
inline bool is_full(error_code ec) noexcept
{
    return ec == make_error_code(errc::oom);
}

// The same command may succeed later, without anybody doing something about it here.
bool is_transient(error_code ec) noexcept;

// What is in Redis is not what it should be: whoever tries again finds the same.
inline bool is_damage(error_code ec) noexcept
{
    return ec == make_error_code(errc::wrongtype) || ec == make_error_code(errc::script_failed);
}

// How long to wait before the next try, tries counted from 0: 50 ms, doubled up to 2 s.
std::chrono::milliseconds pause_before_retry(int tries) noexcept;

// The connection leads to a server that is of no use: end it and look for the right one.
bool ends_connection(error_code ec) noexcept;

} // namespace vn::redis

template <>
struct boost::system::is_error_code_enum<vn::redis::errc> : std::true_type
{};
