// How a plugin says that a call failed: throw vn::error with a status and a reason for people.
#pragma once

#include <vn/plugin.h>

#include <stdexcept>
#include <string>

namespace vn {

class error : public std::runtime_error
{
    vn_status status_;

public:
    // status: VN_INVALID, VN_RETRY, VN_CANCELLED or VN_FAILED. VN_OK is taken as VN_FAILED.
    error(vn_status status, const std::string& reason)
        : std::runtime_error(reason), status_(status == VN_OK ? VN_FAILED : status)
    {}

    vn_status status() const noexcept { return status_; }
};

// The input is wrong; the same input will fail again.
[[noreturn]] inline void invalid(const std::string& reason)
{
    throw error(VN_INVALID, reason);
}

} // namespace vn
