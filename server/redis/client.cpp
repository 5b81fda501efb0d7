#include "redis/client.hpp"

#include "core/log.hpp"

namespace vn::redis {

namespace {

command eval(std::string_view how, std::string_view what, const arguments& args)
{
    // All keys are made inside of the scripts: hence 0 declared ones.
    std::vector<std::string_view> all{what, "0"};
    all.insert(all.end(), args.list().begin(), args.list().end());
    command c;
    c.push_range(how, all.begin(), all.end());
    return c;
}

} // namespace

client::client(asio::any_io_executor ex, const endpoint& where, const settings& s)
    : settings_(s), commands_(ex, where, s, "commands"), bulk_(ex, where, s, "bulk")
{
}

awaitable<result<reply>> client::run(const script& s, arguments args)
{
    const auto by_name = eval("EVALSHA", s.sha(), args);
    auto r = co_await commands_.exec(by_name);
    if (!r && r.error() == make_error_code(errc::noscript))
    {
        const auto by_text = eval("EVAL", s.text(), args);
        r = co_await commands_.exec(by_text);
    }
    if (!r && r.error().category() == refusal_category() && !is_transient(r.error()))
        log::error("redis refused a script", {{"script", s.name()}, {"reason", r.error().message()}});
    co_return r;
}

awaitable<result<std::optional<std::string>>> client::get(std::string key)
{
    const auto small = settings_.bulk_bytes;
    command probe;
    probe.push("STRLEN", key);
    probe.push("GETRANGE", key, 0, small - 1);
    auto r = co_await commands_.exec(probe);
    if (!r)
        co_return r.error();
    const auto both = r->all();
    if (both.size() != 2)
        co_return vn::errc::protocol;
    const auto length = static_cast<std::size_t>(both[0].number());
    if (length == 0)
        co_return std::optional<std::string>();
    if (length <= small)
        co_return std::optional(both[1].string());

    command whole;
    whole.push("GET", key);
    auto large = co_await bulk_.exec(whole);
    if (!large)
        co_return large.error();
    if (large->is_null())
        co_return std::optional<std::string>();
    co_return std::optional(std::string(large->text()));
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

} // namespace vn::redis
