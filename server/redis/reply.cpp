#include "redis/reply.hpp"

#include "core/number_text.hpp"

#include <boost/redis/resp3/type.hpp>

namespace vn::redis {

namespace resp3 = boost::redis::resp3;

bool value::is_null() const noexcept
{
    return at_ == end_ || at_->data_type == resp3::type::null;
}

bool value::is_list() const noexcept
{
    return at_ != end_ && resp3::is_aggregate(at_->data_type);
}

std::string_view value::text() const noexcept
{
    return is_null() || is_list() ? std::string_view() : at_->value;
}

long long value::number(long long fallback) const noexcept
{
    return parse_number<long long>(text()).value_or(fallback);
}

std::vector<value> value::items() const
{
    std::vector<value> found;
    if (!is_list())
        return found;
    found.reserve(at_->aggregate_size * resp3::element_multiplicity(at_->data_type));
    for (auto n = at_ + 1; n != end_ && n->depth > at_->depth;)
    {
        auto next = n + 1;
        while (next != end_ && next->depth > n->depth)
            ++next;
        found.emplace_back(n, next);
        n = next;
    }
    return found;
}

value value::operator[](std::string_view key) const
{
    if (!is_list())
        return {};
    bool is_key = true;
    bool wanted = false;
    for (auto n = at_ + 1; n != end_ && n->depth > at_->depth;)
    {
        auto next = n + 1;
        while (next != end_ && next->depth > n->depth)
            ++next;
        if (wanted)
            return {n, next};
        wanted = is_key && n->value == key;
        is_key = !is_key;
        n = next;
    }
    return {};
}

std::vector<value> reply::all() const
{
    std::vector<value> found;
    for (auto n = tree_.begin(); n != tree_.end();)
    {
        auto next = n + 1;
        while (next != tree_.end() && next->depth > 0)
            ++next;
        found.emplace_back(n, next);
        n = next;
    }
    return found;
}

std::vector<stream_entry> entries_of(const value& list)
{
    std::vector<stream_entry> entries;
    for (const auto& item : list.items())
    {
        const auto parts = item.items();
        if (parts.size() == 2)
            entries.push_back({parts[0].text(), parts[1]});
    }
    return entries;
}

std::vector<stream_entry> read_entries(const value& answer)
{
    // RESP3: a map of stream name to entries.
    const auto streams = answer.items();
    return streams.size() < 2 ? std::vector<stream_entry>() : entries_of(streams[1]);
}

} // namespace vn::redis
