// The settings of live events.
#include "app/setting_kinds.hpp"
#include "app/settings_table.hpp"

namespace vn {

namespace {

constexpr std::uint64_t kb = 1024;
constexpr std::uint64_t mb = 1024 * kb;
constexpr std::uint64_t hour_ms = 3'600'000;
constexpr std::uint64_t month = 31 * 86'400;

} // namespace

std::vector<setting> event_settings_rows()
{
    using namespace kind;
    return {
        flag({"events.tasks", "Whether users are told of single tasks, too."},
             [](auto& s) -> auto& { return s.engine.task_events; }),
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
    };
}

} // namespace vn
