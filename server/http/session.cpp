#include "http/session.hpp"

#include "core/ids.hpp"
#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/origin.hpp"

#include <boost/beast/http/verb.hpp>

#include <algorithm>

namespace vn::http {

namespace {

constexpr std::size_t head_read_bytes = 4 * 1024;
constexpr std::size_t body_read_bytes = 64 * 1024;
// Some clients send an empty line after a body.
constexpr std::size_t most_empty_lines = 2;
// For a client that may have pipelined one more request, whose arrival would reset the connection.
constexpr clock::duration brief = std::chrono::milliseconds(250);

reply answer_of(const refusal& r)
{
    return error_reply(r.status, r.code, r.message);
}

reply too_large(const body_rule& rule)
{
    return error_reply(413, "payload-too-large", "The request body is too large.", {{"maxBytes", rule.max_bytes}});
}

bool is_request_id(std::string_view text)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), fits);
}

} // namespace

// One request and all that is known about it.
struct session::current
{
    request req;
    message_parser parser{req};
    clock::time_point began = clock::now();
    const route* found = nullptr;
    // Of the body; the handler may move the body itself out.
    std::size_t received = 0;
    bool head_is_read = false;
    bool gone = false;
};

session::session(stream_socket socket, session_context context)
    : peer_(std::move(socket)), context_(context), peer_name_(peer_.peer())
{}

session::~session() = default;

awaitable<void> session::run()
{
    for (;;)
    {
        if (context_.stopping)
            co_return;
        const bool more = co_await peer_.wait_for_request(context_.limits.idle_timeout);
        if (!more)
            co_return;
        co_await graceful();

        const auto after = co_await answer_one();
        if (after == next::stay)
            continue;
        if (after != next::leave && after != next::push)
        {
            const clock::duration whole = context_.limits.linger_timeout;
            co_await peer_.linger(context_.limits.linger_bytes, after == next::close ? std::min(whole, brief) : whole);
        }
        co_return;
    }
}

awaitable<session::next> session::answer_one()
{
    current now;
    auto early = co_await receive(now);
    if (now.gone)
        co_return next::leave;
    if (now.req.id.empty())
        now.req.id = new_id();

    reply out;
    if (early)
        out = std::move(*early);
    else
        out = co_await handle(now);
    allow_origins(context_.limits.cors_origins, now.req, out);

    if (out.push && now.req.method != "HEAD")
    {
        const auto after = co_await begin_push(now, std::move(out));
        co_return after;
    }
    // Asked only now: the next wait begins with a fresh state and would forget a stop that came meanwhile.
    const auto stop = co_await asio::this_coro::cancellation_state;
    const bool complete = now.head_is_read && now.parser.is_done();
    const bool last = !complete || !now.parser.keep_alive() || stopping(stop) || context_.stopping;
    const answer_frame frame{now.req.id, now.head_is_read && now.parser.is_old(), last};
    const auto head = answer_head(out, frame);
    const bool with_body = may_have_body(out.status) && now.req.method != "HEAD";
    const std::string_view body = with_body ? std::string_view(out.body) : std::string_view();

    const auto written = co_await peer_.write(head, body, context_.limits.write_timeout);
    const bool answered = written == connection::outcome::done;
    report(now, out, head.size() + body.size(), answered);
    if (!answered)
        co_return next::leave;
    if (!complete)
        co_return next::cut_short;
    const auto stop_while_writing = co_await asio::this_coro::cancellation_state;
    co_return last || stopping(stop_while_writing) ? next::close : next::stay;
}

awaitable<session::next> session::begin_push(current& now, reply out)
{
    auto then = std::make_unique<onward>();
    then->source = std::move(out.push);
    then->is_socket = out.status == 101;
    then->chunked = !now.parser.is_old();
    bool answered = true;
    std::size_t sent = 0;
    if (then->is_socket)
    {
        // A client that sends before it is answered would have to be understood in two ways.
        if (!peer_.buffered().empty() || now.parser.is_old())
        {
            const auto refused = error_reply(400, "bad-request", "The handshake is not valid.");
            const auto head = answer_head(refused, {now.req.id, now.parser.is_old(), true});
            const auto written = co_await peer_.write(head, refused.body, context_.limits.write_timeout);
            answered = written == connection::outcome::done;
            report(now, refused, head.size() + refused.body.size(), answered);
            co_return answered ? next::cut_short : next::leave;
        }
        then->opening = {std::string(now.req.headers.get("sec-websocket-key")), std::move(out.headers)};
        then->opening.headers.emplace_back("X-Request-Id", now.req.id);
    }
    else
    {
        out.push = then->source; // it is looked at, not used
        const auto head = answer_head(out, {now.req.id, now.parser.is_old(), true});
        const auto written = co_await peer_.write(head, {}, context_.limits.write_timeout);
        answered = written == connection::outcome::done;
        sent = head.size();
    }
    report(now, out, sent, answered);
    if (!answered)
        co_return next::leave;
    then->socket.emplace(std::move(peer_).release());
    onward_ = std::move(then);
    co_return next::push;
}

awaitable<std::optional<reply>> session::receive(current& now)
{
    auto refused = co_await read_head(now);
    if (refused || now.gone)
        co_return refused;

    const auto given = now.req.headers.get("x-request-id");
    now.req.id = is_request_id(given) ? std::string(given) : new_id();
    now.req.peer = peer_name_;
    refused = judge(now);
    if (refused || now.parser.is_done())
        co_return refused;

    // A client that has begun to send does not wait for it any more.
    if (!now.req.headers.get("expect").empty() && !now.parser.is_old() && peer_.buffered().empty())
    {
        const auto told = co_await peer_.write("HTTP/1.1 100 Continue\r\n\r\n", {}, context_.limits.write_timeout);
        now.gone = told != connection::outcome::done;
        if (now.gone)
            co_return refused;
    }
    refused = co_await read_body(now);
    co_return refused;
}

awaitable<std::optional<reply>> session::read_head(current& now)
{
    const auto& s = context_.limits;
    const head_limits limits{s.header_bytes, s.header_fields, s.target_bytes};
    const auto deadline = now.began + s.header_timeout;

    head_scan scan;
    for (std::size_t empty_lines = 0;;)
    {
        const auto seen = scan.advance(peer_.buffered(), limits);
        if (seen.refused)
            co_return answer_of(*seen.refused);
        if (seen.length == 2 && empty_lines < most_empty_lines)
        {
            ++empty_lines;
            peer_.consume(seen.length);
            scan = {};
            continue;
        }
        if (seen.length > 0)
        {
            const auto head = peer_.buffered().substr(0, seen.length);
            auto refused = check_head(head, limits);
            if (!refused)
                refused = now.parser.parse_head(asio::buffer(head));
            if (refused)
                co_return answer_of(*refused);
            peer_.consume(seen.length);
            now.head_is_read = true;
            co_return std::nullopt;
        }

        const auto read = co_await peer_.read_some(head_read_bytes, deadline);
        if (read == connection::outcome::timed_out && !peer_.buffered().empty())
            co_return error_reply(408, "request-timeout", "The request header did not come in time.");
        now.gone = read != connection::outcome::done;
        if (now.gone)
            co_return std::nullopt;
    }
}

// All that can be said without the body.
std::optional<reply> session::judge(current& now)
{
    auto match = context_.routes.find(now.req.method, now.req.path);
    if (!match.found)
        return std::move(match.refused);
    now.found = match.found;
    now.req.path_parameters = std::move(match.path_parameters);

    const auto& rule = now.found->body;
    const auto& headers = now.req.headers;
    const auto coding =
        headers.count("content-encoding") > 1 ? std::string_view("several") : headers.get("content-encoding");
    if (auto refused = judge_body_type(rule, now.parser.has_body(), now.req.media_type, coding))
        return refused;
    if (now.parser.body_announced() > rule.max_bytes)
        return too_large(rule);
    const auto expect = headers.get("expect");
    if (!expect.empty() && !same_text(expect, "100-continue"))
        return error_reply(417, "expectation-failed", "The only expectation supported is 100-continue.");
    return {};
}

awaitable<std::optional<reply>> session::read_body(current& now)
{
    const auto deadline = clock::now() + context_.limits.body_timeout;
    const auto& rule = now.found->body;
    now.parser.start_body(rule.max_bytes);
    for (;;)
    {
        if (!peer_.buffered().empty())
        {
            const auto step = now.parser.parse_body(asio::buffer(peer_.buffered()));
            peer_.consume(step.consumed);
            now.received = now.req.body.size();
            if (step.refused)
                co_return step.refused->status == 413 ? too_large(rule) : answer_of(*step.refused);
            if (now.parser.is_done())
                co_return std::nullopt;
        }
        const auto missing = now.parser.body_announced() - std::min(now.parser.body_announced(), now.req.body.size());
        const auto most = std::clamp(missing, head_read_bytes, body_read_bytes);
        const auto read = co_await peer_.read_some(most, deadline);
        if (read == connection::outcome::timed_out)
            co_return error_reply(408, "request-timeout", "The request body did not come in time.");
        now.gone = read != connection::outcome::done;
        if (now.gone)
            co_return std::nullopt;
    }
}

// Nothing is read meanwhile: a client that hangs up is noticed when it is answered.
awaitable<reply> session::handle(current& now)
{
    std::string what;
    try
    {
        reply out = co_await now.found->handle(now.req);
        co_return out;
    }
    catch (const std::exception& e)
    {
        what = e.what();
    }
    catch (...)
    {
        what = "unknown exception";
    }
    const auto stop = co_await asio::this_coro::cancellation_state;
    if ((stop.cancelled() & asio::cancellation_type::terminal) == asio::cancellation_type::none)
        log::error("a handler failed", {{"requestId", now.req.id}, {"route", now.found->path}, {"error", what}});
    co_return error_reply(500, "internal", "The server failed to handle the request.");
}

void session::report(const current& now, const reply& out, std::size_t sent, bool answered) const
{
    exchange e;
    const bool known = boost::beast::http::string_to_verb(now.req.method) != boost::beast::http::verb::unknown;
    e.method = known ? std::string_view(now.req.method) : std::string_view("OTHER");
    if (now.found)
        e.route = now.found->path;
    e.status = out.status;
    e.took = clock::now() - now.began;
    e.received = now.received;
    e.sent = sent;
    e.answered = answered;
    if (context_.seen)
        context_.seen(e);
    if (log::enabled(log::level::debug))
        log::debug("request answered", {{"requestId", now.req.id},
                                        {"peer", peer_name_},
                                        {"method", e.method},
                                        {"path", now.req.path},
                                        {"status", e.status},
                                        {"ms", std::chrono::duration<double, std::milli>(e.took).count()},
                                        {"received", e.received},
                                        {"sent", sent},
                                        {"answered", answered}});
}

} // namespace vn::http
