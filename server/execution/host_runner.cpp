#include "execution/host_runner.hpp"

#include "core/log.hpp"
#include "execution/called_runner.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>

namespace vn {

namespace {

using namespace std::chrono_literals;

// Whatever it waits for: it looks again.
constexpr auto longest_wait = 1h;
// A process that does start but dies in its calls is not kept back for long: others wait for their calls.
constexpr int longest_crash_pause = 10; // times restart_pause

std::string find_program(const std::string& name)
{
    namespace fs = std::filesystem;
    if (name.starts_with('/'))
        return name;
    std::error_code ignored;
    const auto beside = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const char* place : {".", "../bin", "../lib/vnserver", "../libexec/vnserver"})
        if (const auto path = (beside / place / name).lexically_normal(); fs::is_regular_file(path, ignored))
            return path;
    return (beside / name).lexically_normal();
}

class host_runner final : public called_runner, public plugin_process::owner
{
public:
    host_runner(asio::any_io_executor ex, asio::thread_pool& pool, plugin_program program,
                plugin_description description, plugin_settings settings, document_limits limits)
        : called_runner(ex, pool, "host", std::move(description), limits), program_(std::move(program)),
          settings_(std::move(settings)), keepers_(ex, [](std::exception_ptr) {})
    {
        for (std::size_t i = 0; i < std::max<std::size_t>(settings_.hosts, 1); ++i)
        {
            auto& h = hosts_.emplace_back(std::make_unique<host>(ex, program_, settings_, *this));
            keepers_.spawn([this, &h = *h] { return keep(h); });
        }
    }

    void drain() override
    {
        if (draining_)
            return;
        draining_ = true;
        keepers_.close();
        leave_if_idle();
    }

    bool is_done() const override { return draining_ && keepers_.joined(); }

    plugin_counts counts() const override
    {
        auto c = counts_;
        for (const auto& h : hosts_)
        {
            c.hosts += h->process.is_alive();
            c.running += h->process.is_busy();
        }
        return c;
    }

    std::string unhealthy() const override { return unhealthy_; }

private:
    struct host
    {
        host(asio::any_io_executor ex, const plugin_program& program, const plugin_settings& settings,
             plugin_process::owner& owner)
            : process(ex, program, settings, owner), wake(ex), leave(ex)
        {}

        plugin_process process;
        vn::signal wake; // there may be work
        event leave;     // nothing more will come
        std::size_t failures = 0;
    };

    void submit(std::shared_ptr<plugin_call> call) override
    {
        if (draining_)
            return refuse(*call, plugin_unavailable("it is being replaced"));
        if (!unhealthy_.empty())
            return refuse(*call, plugin_unavailable(unhealthy_));
        if (call->time_left.count() <= 0)
            return refuse(*call, plugin_deadline());
        queue_.push_back(std::move(call));
        dispatch();
    }

    void withdraw(const std::shared_ptr<plugin_call>& call) override
    {
        if (std::erase(queue_, call) > 0)
        {
            call->release();
            return leave_if_idle();
        }
        for (const auto& h : hosts_)
            h->process.cancel(*call);
    }

    static void refuse(plugin_call& call, plugin_failure why)
    {
        call.finish(std::move(why));
        call.release();
    }

    void dispatch()
    {
        for (const auto& h : hosts_)
            if (!queue_.empty() && h->process.is_free())
                give_next(h->process);
        std::size_t needed = queue_.size();
        for (const auto& h : hosts_)
        {
            if (needed == 0)
                return;
            if (!h->process.is_alive())
                h->wake.raise();
            needed -= !h->process.is_busy();
        }
    }

    void give_next(plugin_process& process)
    {
        auto call = std::move(queue_.front());
        queue_.pop_front();
        process.assign(std::move(call));
    }

    void on_ready(plugin_process& process, plugin_description) override
    {
        failed_starts_ = 0;
        short_ = false;
        if (!unhealthy_.empty())
            log::info("a plugin is healthy again", {{"plugin", program_.name}});
        unhealthy_.clear();
        go_on(process);
    }

    void on_free(plugin_process& process) override
    {
        for (const auto& h : hosts_)
            if (&h->process == &process)
                h->failures = 0;
        go_on(process);
    }

    void go_on(plugin_process& process)
    {
        if (!queue_.empty())
            return give_next(process);
        leave_if_idle();
    }

    // Nothing more will come, and nothing is left: the processes go.
    void leave_if_idle()
    {
        if (!draining_ || !queue_.empty())
            return;
        for (const auto& h : hosts_)
        {
            h->leave.set();
            h->wake.raise();
            if (h->process.is_alive())
                h->process.stop();
        }
    }

    bool wants_process(const host& h) const
    {
        return !queue_.empty() || (!unhealthy_.empty() && !draining_ && &h == hosts_.front().get());
    }

    awaitable<void> keep(host& h)
    {
        while (!h.leave.is_set())
        {
            if (!wants_process(h))
            {
                co_await h.wake.wait(longest_wait);
                continue;
            }
            const auto ending = co_await h.process.run();
            if (ending.was_ordered)
                continue;
            ++h.failures;
            if (ending.was_short)
                on_shortage(ending);
            else
                ending.was_ready ? on_lost(ending) : on_failed_start(ending);
            co_await rest(h, ending.was_ready || ending.was_short);
        }
    }

    void on_lost(const plugin_process::ending& e)
    {
        ++counts_.restarts;
        log::warning("a plugin host was lost", {{"plugin", program_.name}, {"how", e.how}});
    }

    // No fault of the plugin: its calls wait.
    void on_shortage(const plugin_process::ending& e)
    {
        if (!std::exchange(short_, true))
            log::warning("a plugin host waits to be started", {{"plugin", program_.name}, {"how", e.how}});
    }

    void on_failed_start(const plugin_process::ending& e)
    {
        ++failed_starts_;
        log::warning("a plugin host did not start", {{"plugin", program_.name}, {"how", e.how}});
        if (failed_starts_ < settings_.start_attempts)
            return;
        unhealthy_ = "its process " + e.how;
        for (const auto& call : std::exchange(queue_, {}))
            refuse(*call, plugin_unavailable(unhealthy_));
        leave_if_idle();
    }

    awaitable<void> rest(host& h, bool did_start)
    {
        if (h.failures < 2)
            co_return;
        auto longest = settings_.longest_restart_pause;
        if (did_start)
            longest = std::min(longest, longest_crash_pause * settings_.restart_pause);
        const auto doublings = std::min<std::size_t>(h.failures - 2, 16);
        const auto until = clock::now() + std::min(settings_.restart_pause * (1 << doublings), longest);
        while (!h.leave.is_set() && clock::now() < until)
            co_await h.wake.wait(until - clock::now());
    }

    const plugin_program program_;
    const plugin_settings settings_;
    std::deque<std::shared_ptr<plugin_call>> queue_;
    std::size_t failed_starts_ = 0; // in a row
    bool short_ = false;            // the machine cannot start processes now
    std::string unhealthy_;
    bool draining_ = false;
    std::vector<std::unique_ptr<host>> hosts_;
    task_group keepers_;
};

// Starts a process for its hello.
class asker final : plugin_process::owner
{
public:
    asker(asio::any_io_executor ex, const plugin_program& program, const plugin_settings& settings)
        : process_(std::move(ex), program, settings, *this)
    {}

    awaitable<result<plugin_description, failure>> ask()
    {
        const auto ending = co_await process_.run();
        if (description_)
            co_return std::move(*description_);
        // What the machine lacks now it may have when the folder is looked at again.
        co_return failure{.code = ending.was_short ? "plugin-unavailable" : "plugin-refused",
                          .message = "Its process " + ending.how};
    }

private:
    void on_ready(plugin_process& process, plugin_description description) override
    {
        description_ = std::move(description);
        process.stop();
    }
    void on_free(plugin_process&) override {}

    std::optional<plugin_description> description_;
    plugin_process process_;
};

} // namespace

plugin_program program_for(const std::string& file, std::string name, std::map<std::string, std::string> settings,
                           const plugin_settings& s)
{
    return {std::move(name), {find_program(s.host_program), file}, std::move(settings)};
}

awaitable<result<plugin_description, failure>> ask_description(plugin_program program, plugin_settings settings)
{
    const auto ex = co_await asio::this_coro::executor;
    asker one(ex, program, settings);
    co_return co_await one.ask();
}

std::unique_ptr<plugin_runner> make_host_runner(asio::any_io_executor ex, asio::thread_pool& pool,
                                                plugin_program program, plugin_description description,
                                                plugin_settings settings, document_limits limits)
{
    return std::make_unique<host_runner>(std::move(ex), pool, std::move(program), std::move(description),
                                         std::move(settings), limits);
}

} // namespace vn
