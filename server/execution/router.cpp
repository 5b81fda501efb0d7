#include "execution/router.hpp"

#include "domain/retry.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace vn {

namespace {

constexpr std::string_view script = "script";
// Replacements in quick succession; beyond it the attempt fails and is made again.
constexpr int most_versions = 5;

} // namespace

const task_route* task_router::route_of(const std::string& valuation_name) const
{
    const auto& routes = routes_.routes;
    auto route = std::ranges::find(routes, valuation_name, &task_route::name);
    if (route == routes.end())
        route = std::ranges::find_if(
            routes, [&](const task_route& r) { return ::fnmatch(r.name.c_str(), valuation_name.c_str(), 0) == 0; });
    return route == routes.end() ? nullptr : &*route;
}

task_router::choice task_router::choose(const std::string& valuation_name) const
{
    const auto* route = route_of(valuation_name);
    if (!route)
        if (auto declared = plugins_.by_task(valuation_name))
            return {declared->source.description.name, declared};
    const auto& target = route ? route->plugin : routes_.fallback;
    auto plugin = target == script ? nullptr : plugins_.by_name(target);
    if (plugin && !plugin->source.description.values_tasks)
        plugin = nullptr;
    return {target, std::move(plugin)};
}

std::optional<std::string> task_router::missing(const std::string& valuation_name) const
{
    auto chosen = choose(valuation_name);
    if (chosen.plugin || chosen.target == script)
        return std::nullopt;
    return std::move(chosen.target);
}

bool task_router::is_left_to_default(const std::string& valuation_name) const
{
    return !route_of(valuation_name) && !plugins_.by_task(valuation_name);
}

std::vector<std::string> task_router::declared_names() const
{
    auto names = plugins_.declared_tasks();
    std::erase_if(names, [this](const std::string& name) { return route_of(name) != nullptr; });
    return names;
}

awaitable<task_outcome> task_router::run(task_input input)
{
    for (int version = 0;; ++version)
    {
        const auto chosen = choose(input.valuation_name);
        if (chosen.target == script)
            co_return co_await script_.run(std::move(input));
        if (!chosen.plugin)
        {
            task_outcome none;
            none.error = failure{.code = std::string(name_of(attempt_failure::no_executor)),
                                 .message = "The plugin " + chosen.target + ", which the task is for, is not offered."};
            none.retryable = true;
            co_return none;
        }
        auto outcome = co_await chosen.plugin->started.runner->run(input);
        outcome.plugin = chosen.plugin->record();
        const bool came_too_late = outcome.error && outcome.error->code == "plugin-unavailable" &&
                                   choose(input.valuation_name).plugin != chosen.plugin;
        if (!came_too_late || version >= most_versions)
            co_return outcome;
    }
}

} // namespace vn
