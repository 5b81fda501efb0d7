#include "redis/stream_reader.hpp"

#include "core/log.hpp"
#include "redis/consumer_group.hpp"
#include "redis/keys.hpp"

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
                           std::string_view group, std::string consumer, std::string_view beside)
    : connection_(std::move(ex), where, s, "read-" + std::string(group), s.block), settings_(s), stream_(stream),
      group_(group), consumer_(std::move(consumer)), beside_(beside), health_(stream_, s.block)
{}

awaitable<void> group_reader::give_back(client& by, std::vector<std::string> entries, given_to whom)
{
    return redis::give_back(by, stream_, group_, consumer_, std::move(entries), whom);
}

lane_shares::shares lane_shares::of(std::size_t places)
{
    // Spread, so that a node with one place gives the same shares as one with ten.
    constexpr std::string_view turns = "hnhhnhhnhl";
    shares s{.high = places / 10 * 6, .normal = places / 10 * 3, .low = places / 10};
    for (auto rest = places % 10; rest > 0; --rest)
    {
        const char lane = turns[turn_++ % turns.size()];
        ++(lane == 'h' ? s.high : lane == 'n' ? s.normal : s.low);
    }
    return s;
}

awaitable<result<new_entries>> group_reader::read(client& by, std::size_t count)
{
    health_.begins();
    auto r = co_await read_on(by, count);
    health_.ended(r ? error_code() : r.error());
    co_return r;
}

std::array<std::string_view, 3> group_reader::lanes() const noexcept
{
    if (stream_ == keys::ingest)
        return {keys::ingest_high, keys::ingest, keys::ingest_low};
    return {keys::dispatch_high, keys::dispatch, keys::dispatch_low};
}

awaitable<result<new_entries>> group_reader::read_lanes(client& by, std::size_t count)
{
    const auto s = shares_.of(count);
    arguments args;
    args << stream_ << group_ << consumer_ << s.high << s.normal << s.low;
    only_normal_ = false;
    auto r = co_await by.run(scripts::read_lanes, args);
    if (!r)
        co_return r.error();
    new_entries read{.whole = std::move(*r), .list = {}, .beside = {}};
    const auto parts = read.whole.items();
    if (parts.size() != 3)
        co_return vn::errc::protocol;
    read.list = entries_of(parts[0]);
    read_all_ = clock::now();
    for (const auto& last : parts[1].items())
        read_to_.push_back(last.string());
    only_normal_ = parts[2].number(-1) == 0;
    co_return read;
}

awaitable<result<new_entries>> group_reader::read_normal(client& by, std::size_t count, std::vector<std::string> last)
{
    const auto name = lanes();
    command c;
    c.push("XREADGROUP", "GROUP", group_, consumer_, "COUNT", count, "STREAMS", stream_, ">");
    c.push("XLEN", name[0]);
    c.push("XLEN", name[2]);
    if (!beside_.empty())
        c.push("MGET", beside_); // no error, whatever it holds
    only_normal_ = false;
    auto r = co_await by.exec(c);
    if (!r && r.error() == make_error_code(errc::nogroup))
        co_return co_await read_lanes(by, count);
    if (!r)
        co_return r.error();
    new_entries read{.whole = std::move(*r), .list = {}, .beside = {}};
    const auto answers = read.whole.all();
    if (answers.size() != (beside_.empty() ? 3 : 4))
        co_return vn::errc::protocol;
    read.list = read_entries(answers[0]);
    if (!beside_.empty())
        for (const auto& value : answers[3].items())
            read.beside = value.string();
    only_normal_ = answers[1].number(-1) == 0 && answers[2].number(-1) == 0;
    if (only_normal_)
        read_all_ = clock::now();
    if (!read.list.empty() && read.list.size() < count && (last.size() == 3 || only_normal_))
    {
        // Whatever comes in a lane without entries lies behind its beginning.
        if (last.size() != 3)
            last.assign(3, "0-0");
        last[1] = read.list.back().id;
        read_to_ = std::move(last);
    }
    co_return read;
}

awaitable<result<new_entries>> group_reader::read_on(client& by, std::size_t count)
{
    auto last = std::exchange(read_to_, {});
    // What was remembered says nothing of entries that somebody has moved back.
    const bool is_old = clock::now() - read_all_ > settings_.block;
    if (last.empty() && only_normal_ && !is_old)
    {
        auto r = co_await read_normal(by, count);
        if (!r || !r->list.empty())
            co_return r;
    }
    if (last.empty() || is_old)
    {
        auto r = co_await read_lanes(by, count);
        if (!r || !r->list.empty())
            co_return r;
        last = std::exchange(read_to_, {});
    }
    if (last.size() != 3)
        co_return vn::errc::protocol;
    // Waits without taking anything: what comes in several lanes is then shared out by the script.
    const auto name = lanes();
    command wait;
    wait.push("XREAD", "COUNT", 1, "BLOCK", settings_.block.count(), "STREAMS", name[0], name[1], name[2], last[0],
              last[1], last[2]);
    auto came = co_await connection_.exec(wait, settings_.block + slack);
    if (!came)
        co_return came.error();
    const auto streams = came->items(); // names and entries
    if (streams.empty())
        co_return new_entries{};
    if (streams.size() == 2 && streams[0].text() == stream_)
        co_return co_await read_normal(by, count, std::move(last));
    co_return co_await read_lanes(by, count);
}

tail_reader::tail_reader(asio::any_io_executor ex, const endpoint& where, const settings& s, std::string_view stream)
    : connection_(std::move(ex), where, s, "tail-" + std::string(stream), s.block), settings_(s), stream_(stream),
      health_(stream_, s.block)
{}

awaitable<error_code> tail_reader::start()
{
    // skip() may move it while Redis is asked, beyond what Redis then says.
    const auto read = position_;
    command c;
    c.push("XINFO", "STREAM", stream_);
    auto r = co_await connection_.exec(c);
    // An error reply: there is no such stream yet.
    if (!r && r.error() != make_error_code(errc::refused))
        co_return r.error();
    const std::string end = r ? r->root()["last-generated-id"].string() : "0-0";
    const auto first = r ? r->root()["first-entry"].items() : std::vector<value>();
    const bool is_ahead = !read.empty() && id_less(end, read);
    bool is_gone = false;
    if (!is_ahead && !first.empty() && !read.empty() && !id_less(read, first.front().text()))
    {
        // Not cut off at the beginning, so it is there, unless others have been written in its place (R19).
        command same;
        same.push("XRANGE", stream_, read, read);
        auto found = co_await connection_.exec(same);
        if (!found)
            co_return found.error();
        is_gone = found->items().empty();
    }
    if (is_ahead || is_gone)
    {
        log::error("Redis has lost data: what was read of a stream is not there",
                   {{"stream", stream_}, {"end", end}, {"read", read}});
        gap_ = true;
    }
    if (position_.empty() || is_ahead)
        position_ = end;
    generation_ = connection_.generation();
    co_return error_code();
}

void tail_reader::skip(std::string_view from, std::string_view to)
{
    if (position_ == from)
        position_ = to;
}

awaitable<result<reply>> tail_reader::read(std::size_t count, bool waits)
{
    health_.begins();
    auto r = co_await read_on(count, waits);
    health_.ended(r ? error_code() : r.error());
    co_return r;
}

awaitable<result<reply>> tail_reader::read_on(std::size_t count, bool waits)
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
        if (waits)
            c.push("XREAD", "COUNT", count, "BLOCK", settings_.block.count(), "STREAMS", stream_, position_);
        else
            c.push("XREAD", "COUNT", count, "STREAMS", stream_, position_);
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
