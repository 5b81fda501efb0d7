// The life of one connection: requests in, answers out, in order.
//
//   wait_for_request -> head -> judged (route, type, length) -> body -> handler -> answer -+
//          ^                      |                                                        |
//          +----------------------|--------------------------------------------------------+
//                                 +-> error answer, "Connection: close" -> linger
#pragma once

#include "http/connection.hpp"
#include "http/message_parser.hpp"
#include "http/onward.hpp"
#include "http/server.hpp"

#include <memory>

namespace vn::http {

// What all sessions of a server share.
struct session_context
{
    const router& routes;
    const settings& limits;
    const observer& seen;
    // Set when the server stops: a session that has not noticed by itself ends after its next answer.
    const bool& stopping;
};

class session
{
    connection peer_;
    const session_context context_;
    const std::string peer_name_;
    std::unique_ptr<onward> onward_;

public:
    session(stream_socket socket, session_context context);
    ~session();

    // Until the peer leaves, something ends the connection, the group is cancelled, or the server speaks from here on.
    awaitable<void> run();
    // In that last case: how it goes on when the session is forgotten. Null in all others.
    std::unique_ptr<onward> take_onward() noexcept { return std::move(onward_); }

private:
    enum class next
    {
        stay,
        leave,     // the peer is gone, or nothing was said that could be lost
        close,     // the last answer is given, and all of its request was read
        cut_short, // the peer may be sending what nobody wants
        push,      // the server speaks from here on, see take_onward()
    };
    struct current;

    awaitable<next> begin_push(current& now, reply out);

    awaitable<next> answer_one();
    // An error answer; nothing if the request is complete; current::gone if the peer is.
    awaitable<std::optional<reply>> receive(current& now);
    awaitable<std::optional<reply>> read_head(current& now);
    std::optional<reply> judge(current& now);
    awaitable<std::optional<reply>> read_body(current& now);
    awaitable<reply> handle(current& now);
    void report(const current& now, const reply& out, std::size_t sent, bool answered) const;
};

} // namespace vn::http
