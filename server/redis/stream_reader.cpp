#include "redis/stream_reader.hpp"

#include "core/log.hpp"
#include "redis/consumer_group.hpp"

#include <charconv>
#include <utility>

namespace vn::redis {

namespace {

constexpr auto slack = std::chrono::seconds(2); // an answer may take this much longer than the blocking time

std::pair<unsigned long long, unsigned long long> parts(std::string_view id) noexcept
{
    unsigned long long ms = 0;
    unsigned long long n = 0;
    const auto end = id.data() + id.size();
    const auto [rest, ec] = std::from_chars(id.data(), end, ms);
    if (ec == std::errc() && rest != end)
        std::from_chars(rest + 1, end, n);
    return {ms, n};
}

} // namespace

bool id_less(std::string_view a, std::string_view b) noexcept
{
    return parts(a) < parts(b);
}

group_reader::group_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream,
                           std::string_view group, std::string consumer)
    : connection_(std::move(ex), where, s, "read-" + std::string(group), s.block), settings_(s), stream_(stream),
      group_(group), consumer_(std::move(consumer)), health_(stream_, s.block)
{}

awaitable<void> group_reader::give_back(client& by, std::vector<std::string> entries, given_to whom)
{
    return redis::give_back(by, stream_, group_, consumer_, std::move(entries), whom);
}

awaitable<result<reply>> group_reader::read(std::size_t count)
{
    command c;
    c.push("XREADGROUP", "GROUP", group_, consumer_, "COUNT", count, "BLOCK", settings_.block.count(), "STREAMS",
           stream_, ">");
    health_.begins();
    auto r = co_await connection_.exec(c, settings_.block + slack);
    health_.ended(r ? error_code() : r.error());
    if (!r && (r.error() == make_error_code(errc::nogroup) || r.error() == make_error_code(errc::unblocked)))
        if (auto ec = co_await make_group(connection_, stream_, group_))
            co_return ec;
    co_return r;
}

tail_reader::tail_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream)
    : connection_(std::move(ex), where, s, "tail-" + std::string(stream), s.block), settings_(s), stream_(stream),
      health_(stream_, s.block)
{}

awaitable<error_code> tail_reader::start()
{
    command c;
    c.push("XINFO", "STREAM", stream_);
    auto r = co_await connection_.exec(c);
    // An error reply: there is no such stream yet.
    if (!r && r.error() != make_error_code(errc::refused))
        co_return r.error();
    const std::string end = r ? r->root()["last-generated-id"].string() : "0-0";
    const auto first = r ? r->root()["first-entry"].items() : std::vector<value>();
    const bool is_ahead = !position_.empty() && id_less(end, position_);
    bool is_gone = false;
    if (!is_ahead && !first.empty() && !position_.empty() && !id_less(position_, first.front().text()))
    {
        // Not cut off at the beginning, so it is there, unless others have been written in its place (R19).
        command same;
        same.push("XRANGE", stream_, position_, position_);
        auto found = co_await connection_.exec(same);
        if (!found)
            co_return found.error();
        is_gone = found->items().empty();
    }
    if (is_ahead || is_gone)
    {
        log::error("Redis has lost data: what was read of a stream is not there",
                   {{"stream", stream_}, {"end", end}, {"read", position_}});
        gap_ = true;
    }
    if (position_.empty() || is_ahead)
        position_ = end;
    generation_ = connection_.generation();
    co_return error_code();
}

awaitable<result<reply>> tail_reader::read(std::size_t count)
{
    health_.begins();
    auto r = co_await read_on(count);
    health_.ended(r ? error_code() : r.error());
    co_return r;
}

awaitable<result<reply>> tail_reader::read_on(std::size_t count)
{
    for (;;)
    {
        if (position_.empty() || generation_ != connection_.generation())
        {
            // Another connection may lead to a server that has lost the end of the stream.
            gap_ = gap_ || !position_.empty();
            if (auto ec = co_await start())
                co_return ec;
        }
        command c;
        c.push("XREAD", "COUNT", count, "BLOCK", settings_.block.count(), "STREAMS", stream_, position_);
        auto r = co_await connection_.exec(c, settings_.block + slack);
        if (!r)
            co_return r;
        if (generation_ != connection_.generation())
            continue; // it may have been answered by that other server
        if (const auto entries = read_entries(*r); !entries.empty())
            position_ = entries.back().id;
        co_return r;
    }
}

} // namespace vn::redis
