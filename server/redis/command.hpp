// A command on its way to Redis.
#pragma once

#include <boost/redis/request.hpp>

namespace vn::redis {

// One command, or several that are sent together: command c; c.push("GET", key);
using command = boost::redis::request;

} // namespace vn::redis
