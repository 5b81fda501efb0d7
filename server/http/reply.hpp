// What a handler answers. Framing, Date, X-Request-Id, Cache-Control and Connection are added by the session.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vn::http {

class push_source;

struct reply
{
    unsigned status = 200;
    // No Content-Type is sent if empty.
    std::string content_type;
    std::string body;
    // Control characters in values are sent as spaces. Content-Length, Transfer-Encoding and Connection are the
    // session's and are left out; a Cache-Control given here replaces no-store.
    std::vector<std::pair<std::string, std::string>> headers;
    // If set, the connection is this source's from here on: a WebSocket with status 101, else the body (handshake.hpp).
    std::shared_ptr<push_source> push;

    void set(std::string_view name, std::string_view value);
};

// Text that is JSON already.
struct json_text
{
    std::string_view text;
};

// One more member of an error's JSON object. Borrows its texts until error_reply() returns.
struct json_member
{
    std::string_view name;
    std::variant<std::string_view, long long, bool, json_text> value;

    json_member(std::string_view n, std::string_view v) : name(n), value(v) {}
    json_member(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    json_member(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    json_member(std::string_view n, json_text v) : name(n), value(v) {}
    json_member(std::string_view n, bool v) : name(n), value(v) {}
    template <std::integral Integer>
        requires(!std::same_as<Integer, bool>)
    json_member(std::string_view n, Integer v) : name(n), value(static_cast<long long>(v))
    {}
};

reply make_reply(unsigned status, std::string_view content_type, std::string body);
reply json_reply(unsigned status, std::string json);
// application/xml; charset=utf-8
reply xml_reply(unsigned status, std::string xml);
// 204
reply empty_reply();

// {"message":"...","code":"...", extra...}, R29. code is contract (docs/errors.md); message never shows internals.
reply error_reply(unsigned status, std::string_view code, std::string_view message,
                  const std::vector<json_member>& extra = {});

} // namespace vn::http
