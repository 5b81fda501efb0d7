#include "execution/inline_runner.hpp"

#include "core/log.hpp"
#include "core/task_group.hpp"
#include "execution/called_runner.hpp"
#include "execution/inline_workers.hpp"

#include <boost/asio/cancel_at.hpp>

#include <algorithm>

namespace vn {

namespace {

using namespace std::chrono_literals;

// Whatever it waits for: it looks again.
constexpr auto longest_wait = 1h;

log::level level_of(std::int32_t level)
{
    switch (level)
    {
    case VN_LOG_DEBUG:
        return log::level::debug;
    case VN_LOG_INFO:
        return log::level::info;
    case VN_LOG_WARNING:
        return log::level::warning;
    default:
        return log::level::error;
    }
}

// Between make_inline_runner(), the workers and the runner: what outlives whom is not known.
struct inbox
{
    explicit inbox(asio::any_io_executor ex) : opened(std::move(ex)) {}

    event opened;
    std::optional<result<plugin_description, failure>> description;
    std::function<void(const std::shared_ptr<inline_job>&)> on_end;
};

class inline_runner final : public called_runner
{
public:
    inline_runner(asio::any_io_executor ex, asio::thread_pool& pool, plugin_description description,
                  plugin_settings settings, document_limits limits, std::shared_ptr<inbox> box,
                  std::shared_ptr<inline_workers> workers)
        : called_runner(ex, pool, "inline", std::move(description), limits), settings_(std::move(settings)),
          box_(std::move(box)), workers_(std::move(workers)), earlier_(ex), watching_(ex, [](std::exception_ptr) {})
    {
        box_->on_end = [this](const std::shared_ptr<inline_job>& job) { on_end(job); };
        watching_.spawn([this] { return watch(); });
    }

    ~inline_runner() override
    {
        box_->on_end = nullptr;
        workers_->close();
        workers_->disconnect();
        workers_->blocking_wait_for_all_but(counts_.abandoned);
    }

    void drain() override
    {
        draining_ = true;
        leave_if_idle();
    }

    bool is_done() const override { return watching_.joined() && counts_.abandoned == 0; }

    plugin_counts counts() const override
    {
        auto c = counts_;
        c.running = static_cast<std::size_t>(
            std::ranges::count_if(jobs_, [](const auto& job) { return job->is_started() && !job->abandoned; }));
        return c;
    }

    std::string unhealthy() const override
    {
        if (counts_.abandoned < workers_->size())
            return {};
        return "all of its " + std::to_string(workers_->size()) + " workers are stuck in calls that nobody waits for";
    }

private:
    void submit(std::shared_ptr<plugin_call> call) override
    {
        if (draining_)
            return refuse(*call, plugin_unavailable("it is being replaced"));
        if (auto why = unhealthy(); !why.empty())
            return refuse(*call, plugin_unavailable(std::move(why)));
        if (call->time_left.count() <= 0)
            return refuse(*call, plugin_deadline());
        if (clock::now() + call->time_left < watched_until_)
            earlier_.raise();
        jobs_.push_back(std::make_shared<inline_job>(std::move(call), settings_.output_bytes));
        workers_->add(jobs_.back());
    }

    void withdraw(const std::shared_ptr<plugin_call>& call) override
    {
        const auto at = std::ranges::find_if(jobs_, [&](const auto& j) { return j->call == call && !j->abandoned; });
        if (at == jobs_.end())
            return;
        if (workers_->take_back(*at))
        {
            jobs_.erase(at);
            call->release();
            return leave_if_idle();
        }
        (*at)->offered.cancel();
        (*at)->give_up_at = clock::now() + settings_.grace;
        earlier_.raise();
    }

    static void refuse(plugin_call& call, plugin_failure why)
    {
        call.finish(std::move(why));
        call.release();
    }

    void on_end(const std::shared_ptr<inline_job>& job)
    {
        std::erase(jobs_, job);
        if (job->abandoned)
            --counts_.abandoned;
        else
            answer(*job);
        leave_if_idle();
    }

    static void answer(inline_job& job)
    {
        if (job.status == VN_OK && !job.offered.too_large)
            job.call->finish(std::move(job.offered.output));
        else if (job.status == VN_CANCELLED && clock::now() >= job.deadline.load())
            job.call->finish(plugin_deadline()); // which the plugin saw before we did
        else
            job.call->finish(
                failure_of_status(job.call->kind, job.status, job.offered.too_large, std::move(job.offered.reason)));
        job.call->release();
    }

    awaitable<void> watch()
    {
        while (!draining_ || jobs_.size() > counts_.abandoned)
        {
            const auto now = clock::now();
            watched_until_ = now + longest_wait;
            for (const auto& job : jobs_)
                if (!job->abandoned)
                    watched_until_ = std::min({watched_until_, job->give_up_at,
                                               job->is_started() ? job->deadline.load() : now + job->call->time_left});
            co_await earlier_.wait(watched_until_ - now);
            give_up_late_ones();
        }
    }

    void give_up_late_ones()
    {
        const auto now = clock::now();
        for (const auto& job : jobs_)
            if (!job->abandoned && (now >= job->deadline.load() || now >= job->give_up_at))
            {
                job->abandoned = true;
                ++counts_.abandoned;
                job->offered.cancel();
                refuse(*job->call, plugin_deadline());
            }
        if (unhealthy().empty())
            return;
        log::error("a plugin is unhealthy", {{"plugin", description().name}, {"why", unhealthy()}});
        std::erase_if(jobs_, [&](const auto& job) {
            if (!workers_->take_back(job))
                return false;
            refuse(*job->call, plugin_unavailable(unhealthy()));
            return true;
        });
    }

    void leave_if_idle()
    {
        if (!draining_)
            return;
        watching_.close();
        earlier_.raise();
    }

    const plugin_settings settings_;
    std::shared_ptr<inbox> box_;
    std::shared_ptr<inline_workers> workers_;
    std::vector<std::shared_ptr<inline_job>> jobs_; // that have not come back: started or not, abandoned ones too
    bool draining_ = false;
    vn::signal earlier_;
    clock::time_point watched_until_ = clock::time_point::max();
    task_group watching_;
};

// Threads of a plugin that nobody will call.
class opening_guard
{
public:
    explicit opening_guard(std::shared_ptr<inline_workers> workers) : workers_(std::move(workers)) {}
    opening_guard(const opening_guard&) = delete;
    ~opening_guard()
    {
        if (!workers_)
            return;
        workers_->close();
        workers_->disconnect();
    }
    void keep() { workers_.reset(); }

private:
    std::shared_ptr<inline_workers> workers_;
};

failure refused(std::string why)
{
    return {.code = "plugin-refused", .message = std::move(why)};
}

} // namespace

awaitable<result<std::unique_ptr<plugin_runner>, failure>>
make_inline_runner(asio::thread_pool& pool, mapped_plugins& mapped, std::string file, std::string name,
                   std::map<std::string, std::string> plugin_section, plugin_settings settings, document_limits limits)
{
    if (!mapped.may_map(name))
        co_return refused(std::to_string(mapped_plugins::most) +
                          " versions of it are in the server already; a restart makes room");
    mapped.add(name);

    const auto ex = co_await asio::this_coro::executor;
    const auto box = std::make_shared<inbox>(ex);
    const auto workers = std::make_shared<inline_workers>(
        ex,
        inline_workers::receiver{.opened =
                                     [box](auto description) {
                                         box->description = std::move(description);
                                         box->opened.set();
                                     },
                                 .ended =
                                     [box](const auto& job) {
                                         if (box->on_end)
                                             box->on_end(job);
                                     }},
        [name](std::int32_t level, std::string_view text) {
            log::write(level_of(level), "a plugin says", {{"plugin", name}, {"text", text}});
        },
        settings.inline_workers);
    workers->open(std::move(file), std::move(plugin_section));

    opening_guard guard(workers);
    const auto until = clock::now() + settings.start_timeout;
    co_await asio::co_spawn(ex, box->opened.wait(), asio::cancel_at(until, as_result));
    if (!box->opened.is_set())
        co_return refused("it did not open in " + std::to_string(settings.start_timeout.count()) + " ms");
    if (!*box->description)
        co_return box->description->error();
    guard.keep();
    auto description = std::move(**box->description);
    if (description.serial)
        workers->use_lock(mapped.serial_lock(description.name));
    co_return std::make_unique<inline_runner>(ex, pool, std::move(description), std::move(settings), limits, box,
                                              workers);
}

} // namespace vn
