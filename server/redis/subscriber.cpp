#include "redis/subscriber.hpp"

#include "core/log.hpp"

#include <utility>
#include <vector>

namespace vn::redis {

namespace {

constexpr std::size_t channels_at_once = 1000;
constexpr auto look_again = std::chrono::milliseconds(500);

} // namespace

subscriber::subscriber(asio::any_io_executor ex, endpoint where, const settings& s, interrupted_handler on_interrupted,
                       subscribed_handler on_subscribed, message_handler on_message)
    : connection_(ex, std::move(where), s, "events"), settings_(s), on_interrupted_(std::move(on_interrupted)),
      on_subscribed_(std::move(on_subscribed)), on_message_(std::move(on_message)), change_(ex)
{
    connection_.keep_pushes();
}

void subscriber::want(std::string channel)
{
    changed_.insert(channel);
    wanted_.insert(std::move(channel));
    change_.raise();
}

void subscriber::drop(const std::string& channel)
{
    wanted_.erase(channel);
    changed_.insert(channel);
    change_.raise();
}

std::optional<std::string> subscriber::trouble() const
{
    return connection_.is_up() ? std::nullopt : std::optional(connection_.why_down().message());
}

awaitable<bool> subscriber::send_changes()
{
    std::vector<std::string> on;
    std::vector<std::string> off;
    const auto changes = std::exchange(changed_, {});
    for (const auto& channel : changes)
    {
        if (on.size() + off.size() == channels_at_once)
            changed_.insert(channel);
        else if (wanted_.contains(channel))
            on.push_back(channel);
        else if (asked_for_.contains(channel))
            off.push_back(channel);
    }
    if (on.empty() && off.empty())
        co_return true;

    // The answer to PING is one to wait for: those to the others come as pushes.
    command c;
    if (!off.empty())
        c.unsubscribe(off);
    if (!on.empty())
        c.subscribe(on);
    c.push("PING");
    const auto r = co_await connection_.exec(c);
    if (r)
    {
        asked_for_.insert(on.begin(), on.end());
        for (const auto& channel : off)
            asked_for_.erase(channel);
        co_return true;
    }
    log::debug("channels could not be subscribed to", {{"count", on.size()}, {"reason", r.error().message()}});
    for (auto* list : {&on, &off})
        changed_.insert(list->begin(), list->end());
    // Whether they are is not known.
    asked_for_.insert(off.begin(), off.end());
    asked_for_.insert(on.begin(), on.end());
    co_return false;
}

void subscriber::look_at_connection()
{
    if (generation_ == connection_.generation())
        return;
    generation_ = connection_.generation();
    on_interrupted_();
    asked_for_.clear();
    changed_ = wanted_;
}

awaitable<result<reply>> subscriber::receive()
{
    auto r = co_await connection_.receive();
    look_at_connection();
    co_return r;
}

awaitable<void> subscriber::run_changes()
{
    // Keeps knowing whether Redis answers, also where nobody listens.
    command ping;
    ping.push("PING");
    for (;;)
    {
        look_at_connection();
        const bool sent = co_await send_changes();
        if (!sent)
            co_await pause_for(settings_.reconnect_wait);
        else if (changed_.empty())
        {
            const bool raised = co_await change_.wait(look_again);
            if (!raised)
                co_await connection_.exec(ping);
        }
    }
}

void subscriber::hand_over(const value& push)
{
    const auto parts = push.items();
    if (parts.size() != 3)
        return;
    const auto kind = parts[0].text();
    if (kind == "message")
        on_message_(parts[1].text(), parts[2].text());
    else if (kind == "subscribe" && wanted_.contains(parts[1].text()))
        on_subscribed_(parts[1].text());
}

} // namespace vn::redis
