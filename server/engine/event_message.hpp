// One message on the channel of a user: ours, which has a position, or that of another publisher, of which nothing is
// known.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// Where a listener is in the events of its user. Offsets grow; 0 is before the first one.
struct event_position
{
    std::uint64_t epoch = 0;
    std::uint64_t offset = 0;

    bool operator==(const event_position&) const = default;
};

struct event_message
{
    std::string text;        // as it was published
    std::string id;          // empty: another publisher's, or a notice of ours
    event_position position; // of the event itself; of a notice: where its listener is
    std::string run_id;      // both empty where there is none
    std::string type;

    bool is_ours() const noexcept { return !id.empty(); }
};
using shared_event = std::shared_ptr<const event_message>;

// Any bytes. detailed: run_id and type are wanted of others' messages, too.
shared_event read_event(std::string_view text, bool detailed);

// What only one listener is told. Members stand in alphabetical order, as in events.
// {"epoch":1,"offset":2,"recovered":true,"type":"recovered"}: all that was missed has come before it; false: something
// is missing, and what follows goes on from that position.
shared_event recovery_notice(bool recovered, event_position at);
// {"count":7,"epoch":1,"offset":2,"type":"dropped"}: so many messages are missing here, as the listener was too slow.
shared_event drop_notice(std::uint64_t count, event_position at);

// The offset in the id of an event, "<offset>-<number>".
std::optional<std::uint64_t> offset_in(std::string_view id) noexcept;

// What a listener wants of the messages of its user; everything if both are empty.
struct event_filter
{
    std::string run_id;
    std::vector<std::string> types;

    bool is_set() const noexcept { return !run_id.empty() || !types.empty(); }
    bool admits(const event_message& m) const noexcept;
};

// After it a request has no more events, unless it is retried.
bool is_last_event(std::string_view type) noexcept;

} // namespace vn
