// One request as a handler sees it: complete, checked, decoded.
#pragma once

#include "http/fields.hpp"

#include <string>

namespace vn::http {

// A handler owns it while it runs and may move the body out.
struct request
{
    // As sent, which is upper case; a HEAD that is served by a GET route stays HEAD.
    std::string method;
    // Percent-decoded, starts with '/', without empty or dot segments, control characters or encoded slashes.
    std::string path;
    // What the braces of the route's path matched.
    parameters path_parameters;
    parameters query;
    fields headers;

    // Content-Type in lower case without its parameters; its charset as given, without quotes. Empty: none.
    std::string media_type;
    std::string charset;
    std::string body;

    // X-Request-Id of the client, or a new one. [A-Za-z0-9._-]{1,128}.
    std::string id;
    // 127.0.0.1:50000, [::1]:50000 or unix.
    std::string peer;
};

} // namespace vn::http
