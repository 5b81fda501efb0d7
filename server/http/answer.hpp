// The bytes of an answer before its body.
#pragma once

#include "http/reply.hpp"

#include <string>
#include <string_view>

namespace vn::http {

struct answer_frame
{
    std::string_view request_id;
    // The request was HTTP/1.0, where staying must be said.
    bool old = false;
    // This is the last answer of the connection.
    bool last = false;
};

// Status line, fields and the empty line. The body's length is stated even if the body itself is not sent (HEAD).
std::string answer_head(const reply& out, const answer_frame& frame);

// 204 and 304 have none, whatever the reply holds.
bool may_have_body(unsigned status) noexcept;

} // namespace vn::http
