// A command on its way to Redis.
#pragma once

#include <boost/redis/request.hpp>

namespace vn::redis {

// One command, or several that are sent together: command c; c.push("GET", key);
using command = boost::redis::request;

// One that is not to wait for a connection.
inline command at_once()
{
    command c;
    c.get_config().cancel_if_not_connected = true;
    return c;
}

} // namespace vn::redis
