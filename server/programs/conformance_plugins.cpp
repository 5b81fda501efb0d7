#include "programs/conformance_plugins.hpp"

#include "core/children.hpp"
#include "core/log.hpp"
#include "core/task_group.hpp"
#include "execution/host_runner.hpp"
#include "execution/plugin_functions.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <filesystem>
#include <stdexcept>

namespace vn {

namespace {

using runners = std::vector<std::shared_ptr<plugin_runner>>;

constexpr auto call_limit = std::chrono::seconds(30);

awaitable<void> open(asio::thread_pool& pool, const std::vector<std::string>& files, runners& opened)
{
    plugin_settings settings;
    settings.hosts = 1;
    for (const auto& file : files)
    {
        const auto path = std::filesystem::absolute(file);
        const auto program = program_for(path, path.filename(), {}, settings);
        auto description = co_await ask_description(program, settings);
        if (!description)
            throw std::runtime_error(file + ": " + description.error().message);
        opened.push_back(
            make_host_runner(co_await asio::this_coro::executor, pool, program, std::move(*description), settings));
    }
}

// Bounded by the runners, which kill what does not go.
awaitable<void> end(task_group& group, const runners& opened)
{
    group.close();
    group.cancel(asio::cancellation_type::terminal);
    co_await group.join();
    for (const auto& runner : opened)
        runner->drain();
    for (const auto& runner : opened)
        while (!runner->is_done())
            co_await pause_for(std::chrono::milliseconds(2));
}

} // namespace

conformance_plugins::conformance_plugins(std::vector<std::string> files, hydration_functions& functions,
                                         document_fetchers& fetchers)
    : done_with_(loop_.get_executor())
{
    std::signal(SIGPIPE, SIG_IGN);
    log::start(log::level::error, log::format::text);
    children::become_subreaper();
    asio::co_spawn(loop_, serve(std::move(files), functions, fetchers), [](std::exception_ptr) {});
    thread_ = std::thread([this] { loop_.run(); });
    try
    {
        ready_.get_future().get();
    }
    catch (...)
    {
        thread_.join();
        throw;
    }
}

conformance_plugins::~conformance_plugins()
{
    asio::post(loop_, [this] { done_with_.set(); });
    thread_.join();
    pool_.join();
}

awaitable<void> conformance_plugins::serve(std::vector<std::string> files, hydration_functions& functions,
                                           document_fetchers& fetchers)
{
    task_group group(loop_.get_executor(), [](std::exception_ptr) {});
    runners opened;
    plugin_functions offered(loop_.get_executor(), group, functions, fetchers, call_limit);
    try
    {
        co_await open(pool_, files, opened);
        offered.offer(opened);
        ready_.set_value();
        co_await done_with_.wait();
    }
    catch (...)
    {
        ready_.set_exception(std::current_exception());
    }
    offered.close();
    co_await end(group, opened);
}

} // namespace vn
