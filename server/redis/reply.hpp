// An answer of Redis, held in one buffer, and a cursor over it.
#pragma once

// Before flat_tree.hpp: in 1.92 it does not compile after it.
#include <boost/redis/adapter/result.hpp>

#include <boost/redis/resp3/flat_tree.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vn::redis {

// One value of a reply. Borrowed from the reply; cheap to copy. Absent values behave as null.
class value
{
    using node = boost::redis::resp3::node_view;
    const node* at_ = nullptr;
    const node* end_ = nullptr;

public:
    value() = default;
    value(const node* at, const node* end) : at_(at), end_(end) {}

    bool is_null() const noexcept;
    bool is_list() const noexcept;

    // The text of a string or number, empty for anything else.
    std::string_view text() const noexcept;
    std::string string() const { return std::string(text()); }
    // fallback where it is not a whole number.
    long long number(long long fallback = 0) const noexcept;

    // The elements of an array, set or map; a map gives key, value, key, value...
    std::vector<value> items() const;
    // Behind key in a list of key, value, key, value...
    value operator[](std::string_view key) const;
};

class reply
{
    boost::redis::resp3::flat_tree tree_;

public:
    reply() = default;
    explicit reply(boost::redis::resp3::flat_tree&& tree) : tree_(std::move(tree)) {}

    value root() const noexcept { return {tree_.begin(), tree_.end()}; }

    // The answers to all commands that were sent together.
    std::vector<value> all() const;

    std::size_t bytes() const noexcept { return tree_.data_size(); }
    bool is_null() const noexcept { return root().is_null(); }
    std::string_view text() const noexcept { return root().text(); }
    long long number(long long fallback = 0) const noexcept { return root().number(fallback); }
    std::vector<value> items() const { return root().items(); }
};

// One entry of a stream. Borrowed from the reply.
struct stream_entry
{
    std::string_view id;
    value fields; // null if the entry is gone

    std::string_view operator[](std::string_view field) const { return fields[field].text(); }
};

// The entries in [[id, [field, value, ...]], ...], as XRANGE and XCLAIM give them.
std::vector<stream_entry> entries_of(const value& list);

// The entries of the only stream in the answer of XREAD or XREADGROUP; none if it timed out.
std::vector<stream_entry> read_entries(const value& answer);
inline std::vector<stream_entry> read_entries(const reply& r)
{
    return read_entries(r.root());
}

} // namespace vn::redis
