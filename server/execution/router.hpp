// Which executor values a task: by the valuation's name (R33).
#pragma once

#include "execution/executor.hpp"
#include "execution/plugin_registry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vn {

class task_router final : public executor
{
public:
    // Borrowed; they outlive the router.
    task_router(executor& script, const plugin_registry& plugins, route_settings routes)
        : script_(script), plugins_(plugins), routes_(std::move(routes))
    {}

    // A task whose plugin is not offered: code no-executor, to be tried again. One that came too late for a version
    // that was replaced meanwhile is valued by the next.
    awaitable<task_outcome> run(task_input input) override;
    std::optional<std::string> missing(const std::string& valuation_name) const override;
    bool is_left_to_default(const std::string& valuation_name) const override;

    // The names of tasks that are valued here because an offered plugin declares them; those with a route are not.
    std::vector<std::string> declared_names() const;

private:
    struct choice
    {
        std::string target; // plugin or "script"
        plugin_registry::found plugin;
    };
    choice choose(const std::string& valuation_name) const;
    // The one for the name; null: none.
    const task_route* route_of(const std::string& valuation_name) const;

    executor& script_;
    const plugin_registry& plugins_;
    const route_settings routes_;
};

} // namespace vn
