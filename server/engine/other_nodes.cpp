#include "engine/other_nodes.hpp"

#include "redis/keys.hpp"

#include <boost/json/parse.hpp>

namespace vn {

namespace {

void add_plugins(const std::string& presence, std::set<std::string>& into)
{
    boost::system::error_code ec;
    const auto node = boost::json::parse(presence, ec);
    const auto* fields = ec ? nullptr : node.if_object();
    const auto* plugins = fields ? fields->if_contains("plugins") : nullptr;
    if (!plugins || !plugins->is_array())
        return;
    for (const auto& name : plugins->get_array())
        if (name.is_string())
            into.emplace(name.get_string());
}

} // namespace

awaitable<bool> other_nodes::offer(std::string plugin)
{
    if (clock::now() >= next_look_)
        co_await look();
    co_return plugins_.contains(plugin);
}

awaitable<void> other_nodes::look()
{
    // Set first: others who ask meanwhile take what was known before.
    next_look_ = clock::now() + std::chrono::seconds(1);
    redis::command members;
    members.push("SMEMBERS", redis::keys::nodes);
    auto reply = co_await redis_.exec(members);
    std::set<std::string> found;
    if (reply)
    {
        std::vector<std::string> names;
        for (const auto& node : reply->items())
            if (node.text() != settings_.node)
                names.push_back(redis::keys::node(node.text()));
        if (!names.empty())
        {
            // Who has gone leaves a name without a key.
            auto presences = co_await redis_.get_all(std::move(names));
            if (presences)
                for (const auto& presence : *presences)
                    if (presence)
                        add_plugins(*presence, found);
        }
    }
    plugins_ = std::move(found);
}

} // namespace vn
