#include "redis/client.hpp"

#include "core/log.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn::redis {

namespace {

constexpr std::size_t keys_at_once = 64; // with up to bulk_bytes each
constexpr std::size_t bulk_remade_above = 1 << 20;
constexpr std::size_t piece_bytes = 512 * 1024; // Redis, one thread, appends each to its file before it serves others
constexpr int most_lost = 3;
// A step that Redis does not take in this time finds nothing to rename, and its work is done again.
constexpr auto part_ttl = std::chrono::seconds(600);
constexpr auto denied_shown = std::chrono::seconds(10); // longer than anything waits before it is tried again

command eval(std::string_view how, std::string_view what, const arguments& args, bool if_connected)
{
    // All keys are made inside of the scripts: hence 0 declared ones.
    std::vector<std::string_view> all{what, "0"};
    all.insert(all.end(), args.list().begin(), args.list().end());
    command c = if_connected ? at_once() : command();
    c.push_range(how, all.begin(), all.end());
    return c;
}

} // namespace

client::client(asio::any_io_executor ex, const endpoint& where, const settings& s)
    : settings_(s), commands_(ex, where, s, "commands"), bulk_(ex, where, s, "bulk", {}, bulk_remade_above)
{}

awaitable<result<reply>> client::run(const script& s, const arguments& args, bool if_connected)
{
    return run_on(commands_, s, args, if_connected);
}

awaitable<result<reply>> client::run_on(connection& where, const script& s, const arguments& args, bool if_connected)
{
    const auto by_name = eval("EVALSHA", s.sha(), args, if_connected);
    auto r = co_await where.exec(by_name);
    if (!r && r.error() == make_error_code(errc::noscript))
    {
        const auto by_text = eval("EVAL", s.text(), args, if_connected);
        r = co_await where.exec(by_text);
    }
    const bool denied = !r && r.error() == make_error_code(errc::noperm);
    if (denied ? denied_script() != s.name()
               : !r && r.error().category() == refusal_category() && !is_transient(r.error()))
        log::error("redis refused a script", {{"script", s.name()}, {"reason", r.error().message()}});
    if (denied)
    {
        denied_ = s.name();
        denied_until_ = clock::now() + denied_shown;
    }
    else if (r && denied_ == s.name())
        denied_ = {};
    co_return r;
}

std::string_view client::denied_script() const noexcept
{
    return clock::now() < denied_until_ ? denied_ : std::string_view();
}

awaitable<result<std::vector<std::optional<std::string>>>> client::get_all(std::vector<std::string> keys)
{
    // How large a value is shows only when it is asked for: small ones come at once, large ones by the other door. One
    // byte more than a small one has tells them apart.
    const auto small = settings_.bulk_bytes;
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (std::size_t from = 0; from < keys.size(); from += keys_at_once)
    {
        const auto to = std::min(from + keys_at_once, keys.size());
        command probe;
        for (auto i = from; i < to; ++i)
            probe.push("GETRANGE", keys[i], 0, small);
        auto r = co_await commands_.exec(probe);
        if (!r)
            co_return r.error();
        const auto answers = r->all();
        if (answers.size() != to - from)
            co_return vn::errc::protocol;
        for (auto i = from; i < to; ++i)
        {
            const auto begin = answers[i - from].text();
            if (begin.empty())
                values.emplace_back();
            else if (begin.size() <= small)
                values.emplace_back(begin);
            else
            {
                command whole;
                whole.push("GET", keys[i]);
                auto large = co_await bulk_.exec(whole);
                if (!large)
                    co_return large.error();
                values.push_back(large->is_null() ? std::nullopt : std::optional(std::string(large->text())));
            }
        }
    }
    co_return values;
}

awaitable<result<std::vector<std::optional<std::string>>>> client::get_texts(std::vector<std::string> keys)
{
    auto all = co_await get_all(keys);
    if (all || all.error() != make_error_code(errc::wrongtype))
        co_return all;
    std::vector<std::optional<std::string>> values;
    for (auto& key : keys)
    {
        auto one = co_await get(std::move(key));
        if (!one && one.error() != make_error_code(errc::wrongtype))
            co_return one.error();
        values.push_back(one ? std::move(*one) : std::nullopt);
    }
    co_return values;
}

awaitable<result<std::optional<std::string>>> client::get(std::string key)
{
    std::vector<std::string> one;
    one.push_back(std::move(key));
    auto r = co_await get_all(std::move(one));
    if (!r)
        co_return r.error();
    co_return std::move(r->front());
}

// The length of what is there then.
awaitable<result<long long>> client::append(const std::string& key, std::size_t from, std::string_view piece,
                                            bool by_force)
{
    if (by_force)
    {
        arguments args;
        args << key << from << piece << part_ttl.count();
        auto r = co_await run_on(bulk_, scripts::store_part, args, false);
        co_return r ? result<long long>(r->number()) : r.error();
    }
    command c;
    if (from == 0)
        c.push("SET", key, piece, "EX", part_ttl.count());
    else
        c.push("APPEND", key, piece);
    if (from > 0)
        c.push("EXPIRE", key, part_ttl.count());
    auto r = co_await bulk_.exec(c);
    if (!r)
        co_return r.error();
    co_return from == 0 ? static_cast<long long>(piece.size()) : r->all().front().number();
}

awaitable<error_code> client::set_apart_if_large(std::string unique, std::string& text, room needed)
{
    if (!is_large(text))
        co_return error_code();
    const auto key = keys::part(unique, text.size());
    bool by_force = false;
    int lost = 0;
    for (std::size_t from = 0; from < text.size();)
    {
        const auto piece = std::string_view(text).substr(from, piece_bytes);
        auto length = co_await append(key, from, piece, by_force);
        if (!length && length.error() == make_error_code(errc::oom) && needed == room::always && !by_force)
        {
            // A script may write into a full Redis. It copies the piece again and again, and everybody waits meanwhile.
            by_force = true;
            continue;
        }
        if (!length)
            co_return length.error();
        from += piece.size();
        if (*length == static_cast<long long>(from))
            continue;
        // A piece was written twice because its answer was lost, or Redis has lost the pieces before.
        if (++lost > most_lost)
            co_return vn::errc::unavailable;
        from = 0;
    }
    text = key;
    text.shrink_to_fit(); // its memory, too
    co_return error_code();
}

} // namespace vn::redis
