// The settings of live events.
#include "app/setting_kinds.hpp"
#include "app/settings_table.hpp"
#include "http/origin.hpp"

namespace vn {

namespace {

constexpr std::uint64_t kb = 1024;
constexpr std::uint64_t mb = 1024 * kb;
constexpr std::uint64_t hour_ms = 3'600'000;
constexpr std::uint64_t month = 31 * 86'400;

bool is_anything(std::string_view)
{
    return true;
}

bool is_claim(std::string_view text)
{
    return !text.empty() && text.size() <= 128;
}

} // namespace

std::vector<setting> event_settings_rows()
{
    using namespace kind;
    return {
        flag({"events.tasks", "Whether users are told of single tasks, too."},
             [](auto& s) -> auto& { return s.engine.task_events; }),
        flag({"events.page", "Whether GET /watch gives the page on which people see requests move."},
             [](auto& s) -> auto& { return s.watch_page; }),
        number({"events.length", "Events kept of each user, about, for those who come back."}, 1, 10'000'000,
               [](auto& s) -> auto& { return s.engine.event_length; }),
        duration({"events.keep_seconds", "How long they are kept after the last one."}, 1, month,
                 [](auto& s) -> auto& { return s.engine.event_ttl; }),
        choice({"events.open", "Whether who names a user listens as that user, without proof."},
               {{"loopback", open_listening::on_loopback},
                {"never", open_listening::never},
                {"always", open_listening::always}},
               [](auto& s) -> auto& { return s.event_access.open; }),
        number({"events.queue_messages", "Messages that may wait for one connection."}, 256, 1'000'000,
               [](auto& s) -> auto& { return s.events.queue.messages; }),
        bytes({"events.queue_bytes", "The same in bytes."}, 64 * kb, 1024 * mb,
              [](auto& s) -> auto& { return s.events.queue.bytes; }),
        choice({"events.overflow",
                "What becomes of a connection that is slower: it is closed, or the oldest are dropped."},
               {{"close", false}, {"drop", true}}, [](auto& s) -> auto& { return s.events.queue.drops_oldest; }),
        duration({"events.ping_ms", "How often a WebSocket is pinged."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.http.push.ping; }),
        duration({"events.pong_ms", "How long one may not answer."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.http.push.pong; }),
        duration({"events.write_ms", "For one write to a connection."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.http.push.write; }),
        duration({"events.heartbeat_ms", "How often a stream of events says that it lives."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.http.push.heartbeat; }),
        duration({"events.retry_ms", "How long a client of such a stream is to wait before it comes back."}, 0, hour_ms,
                 [](auto& s) -> auto& { return s.event_streams.retry; }),
        bytes({"events.inbound_bytes", "Size of a message from a WebSocket."}, 0, mb,
              [](auto& s) -> auto& { return s.event_sockets.inbound_bytes; }),
        bytes({"events.first_message_bytes", "The same before it is known who listens."}, 64, mb,
              [](auto& s) -> auto& { return s.event_sockets.first_message_bytes; }),
        duration({"events.first_message_ms", "How long that message may be waited for."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.event_sockets.first_message_wait; }),
        list(
            {"events.origins", "Pages of which other origins may open a WebSocket."},
            "origins, comma-separated, in quotes", [](auto& s) -> auto& { return s.event_access.origins; },
            http::is_origin),
        path(
            {"events.token_secret_file", "The secret of those who make tokens (HS256), 32 bytes or more. Empty: none."},
            [](auto& s) -> auto& { return s.event_access.keys.secret_file; }),
        path({"events.token_key_file", "Keys of tokens: PEM (RS256, ES256) or a JSON Web Key Set. Empty: none."},
             [](auto& s) -> auto& { return s.event_access.keys.public_file; }),
        duration({"events.token_reload_ms", "How often these files are looked at: when they change, they are read."},
                 10, hour_ms, [](auto& s) -> auto& { return s.event_access.keys.look; }),
        text(
            {"events.token_issuer", "Who has to have made a token (iss). Empty: whoever has the key."}, "text",
            [](auto& s) -> auto& { return s.event_access.tokens.issuer; }, is_anything),
        text(
            {"events.token_audience", "For whom a token has to be (aud). Empty: tokens that have an aud are refused."},
            "text", [](auto& s) -> auto& { return s.event_access.tokens.audience; }, is_anything),
        text(
            {"events.token_user_claim", "The claim of a token that names the user."}, "1 to 128 characters",
            [](auto& s) -> auto& { return s.event_access.tokens.user_claim; }, is_claim),
        duration({"events.token_leeway_seconds", "How far the clock of who makes tokens may differ."}, 0, 300,
                 [](auto& s) -> auto& { return s.event_access.tokens.leeway; }),
        number({"events.max_connections",
                "Connections for events. 0: those of http.max_connections, but an eighth (at most 100) for calls."},
               0, 1'000'000, [](auto& s) -> auto& { return s.event_access.limits.total; }),
        number({"events.max_per_user", "The same of one user who has a token; 0: no limit."}, 0, 1'000'000,
               [](auto& s) -> auto& { return s.event_access.limits.per_user; }),
        number({"events.max_per_address",
                "The same from one address (IPv6: one /64 network) but this machine's own; 0: no limit."},
               0, 1'000'000, [](auto& s) -> auto& { return s.event_access.limits.per_address; }),
        number({"events.handshakes_per_second", "How often such an address may open one; 0: no limit."}, 0, 1'000'000,
               [](auto& s) -> auto& { return s.event_access.rate.per_second; }),
        number({"events.handshake_burst", "How many of them at once, after a silence."}, 1, 1'000'000,
               [](auto& s) -> auto& { return s.event_access.rate.burst; }),
        list(
            {"events.trusted_proxies", "Proxies whose X-Forwarded-For is believed: 10.0.0.1, 10.1.0.0/16."},
            "addresses or networks, comma-separated, in quotes",
            [](auto& s) -> auto& { return s.event_access.proxies; }, is_network),
    };
}

} // namespace vn
