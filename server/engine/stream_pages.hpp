// Streams that people read back: what was parked, what was done by hand. Newest first, in bounded pages. I/O thread
// only.
#pragma once

#include "core/async.hpp"
#include "redis/client.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vn {

struct kept_entry
{
    std::string id;
    bool cut = false; // some of its fields are left out, or are not whole
    std::vector<std::pair<std::string, std::string>> fields;

    // The first of that name; empty if there is none.
    std::string_view operator[](std::string_view name) const;
};

struct stream_page
{
    std::size_t length = 0; // of the stream
    std::vector<kept_entry> entries;
    std::string next; // where the next page begins; empty: this is the last one
};

class stream_pages
{
public:
    static constexpr std::size_t most = 200; // entries of a page

    explicit stream_pages(redis::client& redis) : redis_(redis) {}

    // before: next of the page before; empty for the first one. limit: 1 to most.
    awaitable<result<stream_page>> page(std::string_view stream, std::string before, std::size_t limit);
    // No entries, if it is not there.
    awaitable<result<stream_page>> one(std::string_view stream, std::string id);

private:
    struct bounds
    {
        std::size_t entries;
        std::size_t fields; // of each
        std::size_t bytes;  // of each field
    };
    awaitable<result<stream_page>> read(std::string_view stream, std::string first, std::string last, bounds b);

    redis::client& redis_;
};

// "<ms>-<n>", as Redis writes them.
bool is_entry_id(std::string_view text) noexcept;

} // namespace vn
