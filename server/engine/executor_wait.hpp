// Where tasks wait whose plugin is not offered here (R16): for it to come, or for another node to take them. I/O thread
// only.
#pragma once

#include "engine/other_nodes.hpp"
#include "engine/recall.hpp"
#include "execution/executor.hpp"

#include <map>
#include <optional>
#include <string>

namespace vn {

class executor_wait
{
public:
    enum class outcome
    {
        here,      // it can run now
        elsewhere, // another node offers the plugin: hand the task back
        nowhere,   // no node did within unroutable_wait
        recalled,
        stopping
    };

    executor_wait(redis::client& redis, const engine_settings& s, const executor& runner, slots& places)
        : others_(redis, s), settings_(s), runner_(runner), places_(places)
    {}

    // False: this node is, whatever others offer.
    bool may_be_for_another(const std::string& valuation_name) const
    {
        return runner_.is_left_to_default(valuation_name) || runner_.missing(valuation_name);
    }
    // Whether another node is the one for tasks of this name, and this one is not: pass them on. version: the value of
    // vn:nodes:version, read no later than the task.
    awaitable<bool> is_for_another(std::string valuation_name, std::optional<std::string> version);

    // Without a place, so that other tasks go on; it is taken again before the task runs here. Beyond a number of tasks
    // they keep their places, and with that the node takes no more. The time counts from when this node first saw the
    // task, also if it was handed back meanwhile.
    awaitable<outcome> wait(std::string entry, std::string valuation_name, slots::lease& place, const recall& recalled);

    // Those that wait stop waiting.
    void stop() { stopped_ = true; }

    failure nowhere(const std::string& valuation_name) const;

private:
    void forget_old();

    other_nodes others_;
    const engine_settings& settings_;
    const executor& runner_;
    slots& places_;
    std::size_t waiting_ = 0;
    bool stopped_ = false;
    std::map<std::string, clock::time_point> first_seen_; // by entry
};

} // namespace vn
