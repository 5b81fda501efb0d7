#include "engine/executor_wait.hpp"

#include "domain/retry.hpp"

#include <algorithm>

namespace vn {

namespace {

constexpr std::size_t most_without_place = 1'000; // they hold their documents
constexpr auto look_again = std::chrono::milliseconds(50);

} // namespace

awaitable<bool> executor_wait::is_for_another(std::string valuation_name, std::optional<std::string> version)
{
    if (!may_be_for_another(valuation_name))
        co_return false;
    const bool is_free = runner_.is_left_to_default(valuation_name);
    co_await others_.look_again(std::move(version));
    const auto plugin = runner_.missing(valuation_name);
    co_return (is_free && others_.declare(valuation_name)) || (plugin && others_.offer(*plugin));
}

awaitable<executor_wait::outcome> executor_wait::wait(std::string entry, std::string valuation_name,
                                                      slots::lease& place, const recall& recalled)
{
    if (recalled.is_made())
        co_return outcome::recalled;
    auto plugin = runner_.missing(valuation_name);
    if (!plugin)
        co_return outcome::here;
    forget_old();
    const auto since = first_seen_.try_emplace(entry, clock::now()).first->second;
    const bool gives_place = waiting_ < most_without_place;
    if (gives_place)
        place = slots::lease();
    ++waiting_;
    auto verdict = outcome::here;
    while (plugin && verdict == outcome::here)
    {
        const bool elsewhere = co_await is_for_another(valuation_name, std::nullopt);
        if (stopped_)
            verdict = outcome::stopping;
        else if (recalled.is_made())
            verdict = outcome::recalled;
        else if (elsewhere)
            verdict = outcome::elsewhere;
        else if (clock::now() - since >= settings_.unroutable_wait)
            verdict = outcome::nowhere;
        else
            co_await pause_for(std::min<clock::duration>(look_again, settings_.unroutable_wait));
        plugin = runner_.missing(valuation_name);
    }
    --waiting_;
    if (verdict != outcome::stopping && verdict != outcome::recalled && !plugin)
        verdict = outcome::here;
    if (verdict == outcome::here && gives_place)
    {
        co_await places_.available();
        if (places_.free() == 0)
            co_return outcome::stopping;
        place = places_.take();
    }
    if (verdict != outcome::elsewhere && verdict != outcome::stopping)
        first_seen_.erase(entry);
    co_return verdict;
}

// Of tasks that were handed back nobody tells how they ended.
void executor_wait::forget_old()
{
    const auto old = clock::now() - 2 * settings_.unroutable_wait - std::chrono::minutes(1);
    std::erase_if(first_seen_, [&](const auto& entry) { return entry.second < old; });
}

failure executor_wait::nowhere(const std::string& valuation_name) const
{
    return {.code = std::string(name_of(attempt_failure::no_executor)),
            .message = "No node has offered the plugin " + runner_.missing(valuation_name).value_or("of the task") +
                       " within " + std::to_string(settings_.unroutable_wait.count()) + " ms."};
}

} // namespace vn
