#include "http/handshake.hpp"

#include <algorithm>

namespace vn::http {

namespace {

bool has_token(const fields& headers, std::string_view name, std::string_view token)
{
    const auto given = headers.list(name);
    return std::ranges::any_of(given, [&](std::string_view one) { return same_text(one, token); });
}

// Base64 of 16 bytes: 22 digits and two equals signs; of the last digit only two bits are used.
bool is_key(std::string_view text)
{
    const auto digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return text.size() == 24 && text.ends_with("==") && std::all_of(text.begin(), text.end() - 2, digit) &&
           std::string_view("AQgw").find(text[21]) != std::string_view::npos;
}

reply refused(unsigned status, std::string text)
{
    auto out = make_reply(status, "text/plain; charset=utf-8", std::move(text) + "\n");
    out.set("X-Content-Type-Options", "nosniff");
    out.set("Sec-WebSocket-Version", "13");
    return out;
}

} // namespace

std::optional<reply> judge_handshake(const request& r)
{
    const auto& h = r.headers;
    if (!has_token(h, "connection", "upgrade") || !has_token(h, "upgrade", "websocket"))
        return refused(400, "Bad Request");
    if (r.method != "GET")
        return refused(405, "Method Not Allowed");
    if (!has_token(h, "sec-websocket-version", "13") || h.count("sec-websocket-key") != 1 ||
        !is_key(h.get("sec-websocket-key")))
        return refused(400, "Bad Request");
    return std::nullopt;
}

reply socket_reply(std::shared_ptr<push_source> source, std::string_view subprotocol)
{
    reply out;
    out.status = 101;
    if (!subprotocol.empty())
        out.set("Sec-WebSocket-Protocol", subprotocol);
    out.push = std::move(source);
    return out;
}

reply stream_reply(std::shared_ptr<push_source> source)
{
    auto out = make_reply(200, "text/event-stream", {});
    out.set("X-Accel-Buffering", "no");
    out.push = std::move(source);
    return out;
}

} // namespace vn::http
