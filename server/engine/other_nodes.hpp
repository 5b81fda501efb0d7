// What the other nodes can run, by what they publish in vn:node:<node> (R16). I/O thread only.
#pragma once

#include "core/async.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace vn {

class other_nodes
{
public:
    other_nodes(redis::client& redis, const engine_settings& s) : redis_(redis), settings_(s) {}

    // Looks if that was more than a second ago; with a version (the value of vn:nodes:version) also if that is another
    // one than when it last looked: then nothing is missed that was published before the version was read. While Redis
    // does not answer, what was seen before stands.
    awaitable<void> look_again(std::optional<std::string> version = std::nullopt);

    // Whether another node offers the plugin, or a plugin that declares tasks of this name.
    bool offer(std::string_view plugin) const { return plugins_.contains(plugin); }
    bool declare(std::string_view task_name) const { return tasks_.contains(task_name); }

private:
    using names = std::set<std::string, std::less<>>;

    awaitable<void> look(std::optional<std::string> version);

    redis::client& redis_;
    const engine_settings& settings_;
    names plugins_;
    names tasks_;
    std::string seen_version_;
    clock::time_point next_look_ = clock::now();
    std::shared_ptr<event> looking_; // set when a look that goes on has ended
};

} // namespace vn
