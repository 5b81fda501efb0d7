// Which page of a browser makes a call (RFC 6454), and what pages of other servers may do.
#pragma once

#include "http/reply.hpp"
#include "http/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vn::http {

// scheme://host or scheme://host:port, as browsers say it: nothing behind that, no '*'.
bool is_origin(std::string_view text);

// Whether no page, a page of this server or one of those allowed asks. A browser does not keep other pages from opening
// a WebSocket, so the server has to. Scheme and port of the server itself may be a proxy's: the host has to be the
// same.
bool may_open_socket(const request& r, const std::vector<std::string>& allowed);

// Lets pages of these origins make the call and read the answer (CORS; Fetch standard, 3.3). An OPTIONS that asks for a
// call of another origin in advance is answered by the router, with 204 and Allow; this says what follows from it.
// Nothing is added if no origin is allowed.
void allow_origins(const std::vector<std::string>& allowed, const request& r, reply& out);

} // namespace vn::http
