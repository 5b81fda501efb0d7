#include "execution/script_executor.hpp"

#include "core/log.hpp"
#include "execution/judged_output.hpp"
#include "execution/script_folders.hpp"
#include "execution/script_path.hpp"
#include "execution/script_record.hpp"
#include "execution/script_run.hpp"
#include "execution/script_verdict.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <csignal>

namespace vn {

namespace {

using namespace std::chrono_literals;

constexpr clock::duration shortest_pause = 20ms;
constexpr clock::duration longest_pause = 500ms;

std::vector<std::string> environment_of(const task_input& task, const std::string& folder)
{
    std::vector<std::string> variables{
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8",
        "HOME=" + folder,
        "TMPDIR=" + folder,
        "VN_REQUEST_ID=" + task.request_id,
        "VN_GROUP_INDEX=" + std::to_string(task.group_index),
        "VN_GROUP_NAME=" + task.group_name,
        "VN_TASK_ID=" + std::to_string(task.task_id),
        "VN_VALUATION_NAME=" + task.valuation_name,
        "VN_ATTEMPT=" + std::to_string(task.attempt),
        "VN_DEADLINE_MS=" + std::to_string(task.time_left.count()),
    };
    if (!task.traceparent.empty())
        variables.push_back("TRACEPARENT=" + task.traceparent);
    return variables;
}

class script_executor final : public executor
{
public:
    script_executor(asio::thread_pool& pool, script_settings settings, document_limits limits)
        : pool_(pool), settings_(std::move(settings)), limits_(limits), path_(find_script(settings_.path)),
          record_(path_), folders_(settings_.folder)
    {
        // Writing to a script that does not read is a failed write, not the end of the server.
        std::signal(SIGPIPE, SIG_IGN);
    }

    awaitable<task_outcome> run(task_input task) override
    {
        const auto begin = clock::now();
        task_outcome outcome;
        outcome.executor = "script";
        outcome.plugin = record_.text();

        // A folder in use has to be emptied, whatever happens.
        const bool throws = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        const bool finished = co_await value(std::move(task), outcome);
        co_await asio::this_coro::throw_if_cancelled(throws);
        if (!finished)
            throw boost::system::system_error(asio::error::operation_aborted);
        outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin);
        co_return outcome;
    }

private:
    static void fail(task_outcome& outcome, script_failure f)
    {
        outcome.error = std::move(f.what);
        outcome.retryable = f.retryable;
    }

    // False if it was cancelled.
    awaitable<bool> value(task_input task, task_outcome& outcome)
    {
        if (task.time_left.count() <= 0)
        {
            fail(outcome, *failure_of({.how = script_report::ending::deadline, .end = {}, .output = {}, .errors = {}}));
            co_return true;
        }
        auto report = co_await attempt(task);
        // What the machine lacks now is no fault of the task: it waits, and is not charged an attempt.
        const auto latest = clock::now() + task.longest_wait;
        for (auto pause = shortest_pause; !report && may_start_later(report.error()) && clock::now() < latest;
             pause = std::min(2 * pause, longest_pause))
        {
            if (!std::exchange(waiting_, true))
                log::warning("scripts wait to be started", {{"reason", report.error().message()}});
            const bool cancelled = co_await cancelled_within(pause);
            if (cancelled)
                co_return false;
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(latest - clock::now());
            task.time_left = std::clamp(left, std::chrono::milliseconds(1), task.time_left);
            report = co_await attempt(task);
        }
        if (report && std::exchange(waiting_, false))
            log::info("scripts are started again");

        if (!report && report.error() == asio::error::operation_aborted)
            co_return false;
        if (!report)
            fail(outcome, not_startable(path_, report.error()));
        else if (auto f = failure_of(*report))
            fail(outcome, std::move(*f));
        else
            co_await judge_output(pool_, task.document, report->output, limits_, outcome);
        co_return true;
    }

    awaitable<result<script_report>> attempt(const task_input& task)
    {
        auto folder = folders_.take();
        if (!folder)
            co_return folder.error();
        bool restored = false;
        auto report =
            co_await run_script(threads_, plan_of(task, folder->path), task.document,
                                {task.time_left, settings_.grace, settings_.output_bytes, settings_.error_bytes},
                                [&folder, &restored] { restored = script_folders::blocking_restore(*folder); });
        folders_.give_back(std::move(*folder), restored);
        co_return report;
    }

    // A folder of its own needs room on the disk, too.
    static bool may_start_later(const error_code& why)
    {
        return is_shortage(why) || why == boost::system::errc::no_space_on_device;
    }

    static awaitable<bool> cancelled_within(clock::duration pause)
    {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (!is_terminal(state))
            co_await pause_for(pause);
        co_return is_terminal(state);
    }

    process_plan plan_of(const task_input& task, const std::string& folder) const
    {
        process_plan plan;
        plan.path = path_;
        plan.environment = environment_of(task, folder);
        plan.mark = "HOME=" + folder;
        plan.folder = folder;
        plan.limits = {.open_files = settings_.open_files,
                       .memory_bytes = settings_.memory_bytes,
                       .file_bytes = settings_.file_bytes,
                       .processes = settings_.processes,
                       .cpu = settings_.cpu};
        return plan;
    }

    asio::thread_pool& pool_;
    const script_settings settings_;
    const document_limits limits_;
    const std::string path_;
    script_record record_;
    script_folders folders_;
    script_threads threads_;
    bool waiting_ = false; // for what the machine lacks
};

} // namespace

std::unique_ptr<executor> make_script_executor(asio::any_io_executor, asio::thread_pool& pool, script_settings settings,
                                               document_limits limits)
{
    return std::make_unique<script_executor>(pool, std::move(settings), limits);
}

} // namespace vn
