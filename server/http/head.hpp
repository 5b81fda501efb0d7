// The first look at the bytes of a request's head, before Beast parses them (R24): what two readers could understand in
// two ways is refused here. Pure functions of bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace vn::http {

// An error answer that ends the connection. The texts are literals.
struct refusal
{
    unsigned status;
    std::string_view code;
    std::string_view message;
};

struct head_limits
{
    std::size_t bytes;
    std::size_t fields;
    std::size_t target;
};

// Looks for the end of a head while its bytes arrive; looks at each byte once.
class head_scan
{
    std::size_t seen_ = 0;
    std::size_t line_ = 0;

public:
    struct outcome
    {
        // Of the head with its empty line; 0: not complete yet. An empty line before the request line is a head of 2.
        std::size_t length = 0;
        std::optional<refusal> refused;
    };

    // buffered starts at the head's first byte and only ever grows. Refuses at once what can never become right:
    // control characters, a bare CR or LF, more bytes than allowed.
    outcome advance(std::string_view buffered, const head_limits& limits);
};

// For a complete head, as found by head_scan, with its empty line.
//
//   GET /a HTTP/1.1\r\n     method, one space, target of visible ASCII, one space, version 1.0 or 1.1
//   Host: here\r\n          token, colon at once, value; never continued on the next line
//   \r\n                    Host once, Content-Length at most once and digits, or Transfer-Encoding: chunked alone
std::optional<refusal> check_head(std::string_view head, const head_limits& limits);

} // namespace vn::http
