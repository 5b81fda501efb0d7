#include "redis/client.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace vn::redis {

namespace {

constexpr std::size_t keys_at_once = 64; // with up to bulk_bytes each
constexpr std::size_t bulk_remade_above = 1 << 20;
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

awaitable<error_code> client::set_if_large(std::string key, std::string_view text, std::chrono::seconds ttl)
{
    if (!is_large(text))
        co_return error_code();
    command c;
    c.push("SET", key, text, "EX", ttl.count());
    auto r = co_await bulk_.exec(c);
    co_return r ? error_code() : r.error();
}

awaitable<error_code> client::set_part_if_large(std::string key, std::string_view text)
{
    // A step that Redis does not take in this time finds nothing to rename, and its work is done again.
    constexpr auto ttl = std::chrono::seconds(600);
    const auto ec = co_await set_if_large(key, text, ttl);
    if (ec != make_error_code(errc::oom))
        co_return ec;
    // A script may write into a full Redis. It copies the text again and again, and everybody waits meanwhile.
    arguments args;
    args << key << text << ttl.count();
    auto r = co_await run_on(bulk_, scripts::store_part, args, false);
    co_return r ? error_code() : r.error();
}

} // namespace vn::redis
