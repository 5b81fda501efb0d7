// The HTTP answer for each failure code: the one table of status by code (docs/errors.md).
#pragma once

#include "core/error.hpp"
#include "http/reply.hpp"

#include <string_view>

namespace vn {

// request_id and status, that of the request, are left out if empty.
http::reply problem(const failure& f, std::string_view request_id = {}, std::string_view status = {});

// For a Redis that did not answer a read.
http::reply redis_away();

} // namespace vn
