// Which handler answers which request, and what body it takes. Filled before the server starts, constant after.
#pragma once

#include "core/async.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn::http {

// Runs on the I/O thread, under graceful(): total cancellation is the session's business, terminal ends what it waits
// for. The request lives until it returns. What it throws becomes a 500 without details. It bounds its own waits: the
// session sets no limit, and a client that hangs up does not end it.
using handler = std::function<awaitable<reply>(request&)>;

// What body a route takes; all but the size of a chunked one is judged before any of the body is read.
struct body_rule
{
    // 0: none. Otherwise more is 413.
    std::size_t max_bytes = 0;
    // In lower case: "application/xml", or "+xml" for every type with that suffix. Others are 415. Empty: any, also
    // none.
    std::vector<std::string> media_types;
};

struct route
{
    std::string method;
    // "/valuation/{id}/status": each segment is literal or one parameter. Names the route in metrics.
    std::string path;
    body_rule body;
    handler handle;
};

// A connection that leaves HTTP (WebSocket, SSE) will be a second kind of route, chosen at the same place.
class router
{
    struct compiled
    {
        route what;
        std::vector<std::string> segments;
    };
    std::vector<compiled> routes_;

public:
    // A literal segment goes before a parameter, whatever the order of adding. The same route twice is our mistake.
    void add(std::string method, std::string path, handler h);
    void add(std::string method, std::string path, body_rule body, handler h);

    struct match
    {
        // Null: refused says why.
        const route* found = nullptr;
        parameters path_parameters;
        reply refused;
    };

    // 404 not-found, 405 method-not-allowed with Allow, 501 method-not-implemented for a method that HTTP does not
    // know. HEAD finds GET. OPTIONS is "refused" with 204 and Allow; so is OPTIONS * with path "*".
    match find(std::string_view method, std::string_view path) const;
};

// 415 with Accept-Post if the rule does not take a body of this type and coding; nothing if it does. has_body: the head
// announces one. media_type is in lower case; content_coding is the field's value, empty if there is none.
std::optional<reply> judge_body_type(const body_rule& rule, bool has_body, std::string_view media_type,
                                     std::string_view content_coding);

} // namespace vn::http
