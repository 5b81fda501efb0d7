// Blocking reads of one stream, on a connection of their own. I/O thread only.
#pragma once

#include "redis/client.hpp"
#include "redis/consumer_group.hpp"
#include "redis/read_health.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn::redis {

// How many of free places each lane may fill at once, if all have work waiting: 6, 3 and 1 of 10, over many reads.
class lane_shares
{
    std::size_t turn_ = 0;

public:
    struct shares
    {
        std::size_t high = 0;
        std::size_t normal = 0;
        std::size_t low = 0;
    };
    shares of(std::size_t places);
};

// Entries that were given to their reader just now. They borrow from the reply.
struct new_entries
{
    reply whole;
    std::vector<stream_entry> list;
    std::optional<std::string> beside; // see group_reader
};

// As a member of a consumer group of a stream and of those of high and low priority beside it: entries that were given
// to nobody yet.
class group_reader
{
public:
    // beside: a string to be read with entries, right after them, where that costs no question of its own.
    group_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream,
                 std::string_view group, std::string consumer, std::string_view beside = {});

    awaitable<void> run_connection() { return connection_.run(); }

    // At most count (at least 1) entries; none after the time of one blocking read. Puts up groups that vanished. A
    // cancelled read ends with operation_aborted.
    awaitable<result<new_entries>> read(client& by, std::size_t count);

    // Entries of ours go back, to be claimed at once.
    awaitable<void> give_back(client& by, std::vector<std::string> entries, given_to whom = given_to::anybody);

    const std::string& consumer() const noexcept { return consumer_; }
    // Why it reads nothing, if that is so.
    std::optional<std::string> trouble() const { return health_.trouble(); }

private:
    awaitable<result<new_entries>> read_on(client& by, std::size_t count);
    // Of all lanes, each its share.
    awaitable<result<new_entries>> read_lanes(client& by, std::size_t count);
    // Of the normal one, without a script, while there is nothing in the others; last: where all lanes have been read
    // to, as far as that is known.
    awaitable<result<new_entries>> read_normal(client& by, std::size_t count, std::vector<std::string> last = {});
    // The names of the lanes, high first.
    std::array<std::string_view, 3> lanes() const noexcept;

    connection connection_;
    settings settings_;
    std::string stream_;
    std::string group_;
    lane_shares shares_;
    std::string consumer_;
    std::string beside_;
    // The last ids of the lanes, high first, when all that was in them has been read: the next read can wait for more.
    std::vector<std::string> read_to_;
    clock::time_point read_all_ = clock::now(); // when all lanes were looked at
    bool only_normal_ = false;                  // there was nothing in the others when they were looked at last
    read_health health_;
};

// For oneself: everything behind a position.
class tail_reader
{
public:
    tail_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream);

    awaitable<void> run_connection() { return connection_.run(); }

    // Where the stream ends now; reading goes on from there.
    awaitable<error_code> start();

    // What came since; if it waits, empty after the time of one blocking read. take_gap() then tells whether entries
    // were lost.
    awaitable<result<reply>> read(std::size_t count, bool waits = true);

    // What stands behind from, up to this entry, is known already.
    void skip(std::string_view from, std::string_view to);

    // Since the last call: entries may have been missed (the stream was reset or lost its end).
    bool take_gap() noexcept { return std::exchange(gap_, false); }
    const std::string& position() const noexcept { return position_; }
    // Why it reads nothing, if that is so.
    std::optional<std::string> trouble() const { return health_.trouble(); }

private:
    awaitable<result<reply>> read_on(std::size_t count, bool waits);

    connection connection_;
    settings settings_;
    std::string stream_;
    std::string position_;
    unsigned long generation_ = 0;
    bool gap_ = false;
    read_health health_;
};

// Compares ids of entries, "<ms>-<n>".
bool id_less(std::string_view a, std::string_view b) noexcept;

} // namespace vn::redis
