#include "bench/plugin_runners.hpp"

#include "core/task_group.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace vn::bench {

namespace {

constexpr auto longest_wait = std::chrono::minutes(1);

struct tally
{
    std::size_t valued = 0;
    std::string failed;
};

task_input task_of(const std::string& document)
{
    task_input t;
    t.request_id = "0b7f0a52-6f1e-4c1c-9d1a-3c1f6f6f2b11";
    t.group_name = "Group1";
    t.task_id = 1;
    t.valuation_name = "noop";
    t.document = document;
    return t;
}

awaitable<void> keep_calling(plugin_runner& runner, const std::string& document, clock::time_point until, tally& sum)
{
    do
    {
        const auto outcome = co_await runner.run(task_of(document));
        if (outcome.error)
            sum.failed = outcome.error->message;
        else
            ++sum.valued;
    } while (sum.failed.empty() && clock::now() < until);
}

awaitable<void> open_inline(asio::thread_pool& pool, mapped_plugins& mapped, std::string file, plugin_settings settings,
                            std::unique_ptr<plugin_runner>& out)
{
    auto made = co_await make_inline_runner(pool, mapped, std::move(file), "noop", {}, std::move(settings));
    if (!made)
        throw std::runtime_error(made.error().message);
    out = std::move(*made);
}

} // namespace

plugin_runners::plugin_runners(std::string file) : file_(std::move(file))
{
    settings_.calls = 0; // a process that is replaced would take its processor time with it
}

plugin_runners::~plugin_runners()
{
    for (const auto& r : runners_)
        r->drain();
    try
    {
        run_until([this] { return std::ranges::all_of(runners_, [](const auto& r) { return r->is_done(); }); });
    }
    catch (const std::exception& e)
    {
        // Their coroutines would outlive what they refer to.
        std::cerr << "bench-plugins: runners do not end: " << e.what() << std::endl;
        std::_Exit(1);
    }
    runners_.clear();
    pool_.join();
}

template <class Done>
void plugin_runners::run_until(Done done)
{
    const auto end = clock::now() + longest_wait;
    loop_.restart();
    while (!done())
    {
        if (clock::now() >= end)
            throw std::runtime_error("it takes longer than a minute");
        loop_.run_one_until(end);
        if (loop_.stopped())
            loop_.restart();
    }
}

plugin_runner& plugin_runners::add_inline()
{
    auto& place = runners_.emplace_back();
    std::exception_ptr failure;
    task_group opening(loop_.get_executor(), [&](std::exception_ptr e) { failure = std::move(e); });
    opening.spawn([&] { return open_inline(pool_, mapped_, file_, settings_, place); });
    opening.close();
    run_until([&] { return opening.joined(); });
    if (!place)
    {
        runners_.pop_back();
        std::rethrow_exception(failure);
    }
    return *place;
}

plugin_runner& plugin_runners::add_host(std::size_t processes)
{
    auto settings = settings_;
    settings.hosts = processes;
    plugin_description description;
    description.name = "noop";
    description.values_tasks = true;
    return *runners_.emplace_back(make_host_runner(
        loop_.get_executor(), pool_, program_for(file_, "noop", {}, settings), std::move(description), settings));
}

std::size_t plugin_runners::call(plugin_runner& runner, const std::string& document, std::size_t in_flight,
                                 clock::time_point until)
{
    tally sum;
    task_group callers(loop_.get_executor(), [&](std::exception_ptr) { sum.failed = "a call threw"; });
    for (std::size_t i = 0; i < in_flight; ++i)
        callers.spawn([&] { return keep_calling(runner, document, until, sum); });
    callers.close();
    run_until([&] { return callers.joined(); });
    if (!sum.failed.empty())
        throw std::runtime_error(sum.failed);
    return sum.valued;
}

} // namespace vn::bench
