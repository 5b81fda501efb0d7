// Blocking reads of one stream, on a connection of their own. I/O thread only.
#pragma once

#include "redis/connection.hpp"

#include <optional>
#include <string>

namespace vn::redis {

// As a member of a consumer group: entries that were given to nobody yet.
class group_reader
{
public:
    group_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream,
                 std::string_view group, std::string consumer);

    awaitable<void> run_connection() { return connection_.run(); }

    // Makes stream and group if they are not there, from the first entry on: what came before the group counts too.
    awaitable<error_code> make_group();

    // At most count (at least 1) entries; an empty answer after the time of one blocking read. Puts up a group that
    // vanished. A cancelled read ends with operation_aborted.
    awaitable<result<reply>> read(std::size_t count);

    const std::string& consumer() const noexcept { return consumer_; }

private:
    connection connection_;
    settings settings_;
    std::string stream_;
    std::string group_;
    std::string consumer_;
};

// For oneself: everything behind a position.
class tail_reader
{
public:
    tail_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream);

    awaitable<void> run_connection() { return connection_.run(); }

    // Where the stream ends now; reading goes on from there.
    awaitable<error_code> start();

    // What came since; empty after the time of one blocking read. has_gap() then tells whether entries were lost.
    awaitable<result<reply>> read(std::size_t count);

    // Since the last call: entries may have been missed (the stream was reset or lost its end).
    bool take_gap() noexcept { return std::exchange(gap_, false); }
    const std::string& position() const noexcept { return position_; }

private:
    connection connection_;
    settings settings_;
    std::string stream_;
    std::string position_;
    unsigned long generation_ = 0;
    bool gap_ = false;
};

// Compares ids of entries, "<ms>-<n>".
bool id_less(std::string_view a, std::string_view b) noexcept;

} // namespace vn::redis
