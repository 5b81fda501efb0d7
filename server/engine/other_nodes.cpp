#include "engine/other_nodes.hpp"

#include "redis/keys.hpp"

#include <boost/json/parse.hpp>

namespace vn {

namespace {

template <class Names>
void add_names(const boost::json::object& presence, std::string_view field, Names& into)
{
    const auto* listed = presence.if_contains(field);
    if (!listed || !listed->is_array())
        return;
    for (const auto& name : listed->get_array())
        if (name.is_string())
            into.emplace(name.get_string());
}

} // namespace

awaitable<void> other_nodes::look_again(std::optional<std::string> version)
{
    while (looking_)
    {
        const auto other = looking_;
        co_await other->wait();
        if (!other->is_set())
            co_return; // cancelled
    }
    if (clock::now() < next_look_ && version.value_or(seen_version_) == seen_version_)
        co_return;
    looking_ = std::make_shared<event>(co_await asio::this_coro::executor);
    const auto end_look = [this](event*) {
        looking_->set();
        looking_.reset();
    };
    const std::unique_ptr<event, decltype(end_look)> ends(looking_.get(), end_look);
    co_await look(std::move(version));
}

awaitable<void> other_nodes::look(std::optional<std::string> version)
{
    next_look_ = clock::now() + std::chrono::seconds(1);
    redis::command members;
    members.push("SMEMBERS", redis::keys::nodes);
    auto reply = co_await redis_.exec(members);
    if (!reply)
        co_return;
    std::vector<std::string> presence_keys;
    for (const auto& node : reply->items())
        if (node.text() != settings_.node)
            presence_keys.push_back(redis::keys::node(node.text()));
    // Who has gone leaves a name without a key.
    auto presences = co_await redis_.get_all(std::move(presence_keys));
    if (!presences)
        co_return;
    names plugins;
    names tasks;
    for (const auto& text : *presences)
    {
        boost::system::error_code ec;
        const auto node = boost::json::parse(text.value_or("{}"), ec);
        if (ec || !node.is_object())
            continue;
        add_names(node.get_object(), "plugins", plugins);
        add_names(node.get_object(), "declared", tasks);
    }
    plugins_ = std::move(plugins);
    tasks_ = std::move(tasks);
    if (version)
        seen_version_ = std::move(*version);
}

} // namespace vn
