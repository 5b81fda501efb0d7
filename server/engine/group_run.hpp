// Sees the tasks of one group through: sends them within the window, takes their results, retries, heals.
#pragma once

#include "engine/request_steps.hpp"
#include "engine/run_environment.hpp"

#include "domain/hydrated_group.hpp"

#include <map>

namespace vn {

// Everything given to it outlives run(). earlier: the number of tasks of each group before this one. start: nothing if
// a former owner has started it, and may have sent tasks already. next_renewal: when the keys of the request are due to
// live longer; moved on by each renewal.
class group_run
{
public:
    group_run(const run_environment& environment, request_steps& steps, update_box& box, const taken_request& request,
              std::vector<std::size_t> earlier, std::string name, const hydrated_group& tasks, failure_policy policy,
              std::optional<new_group> start, clock::time_point& next_renewal);

    // Until every task has a result or has failed for good, or, with fail_fast, one has failed. Ends with timed_out
    // when the deadline passes, and as the steps do.
    awaitable<error_code> run(clock::time_point deadline);
    // Redis knows that it has begun.
    bool is_started() const noexcept { return begun_ || !start_; }

    // In task order, one for each task; only those of failed tasks are empty.
    std::vector<std::string>& results() noexcept { return results_; }
    // Whether this process has judged all of them.
    bool has_judged_all() const noexcept { return judged_here_ == progress_.done(); }
    const group_progress& progress() const noexcept { return progress_; }
    // The owner could not use a stored result: it goes, and the attempt counts as failed. run() then goes on.
    awaitable<error_code> reject(std::size_t task, failure why);

private:
    bool is_over() const noexcept;
    // By its start, or by a look at what a former owner has left.
    awaitable<error_code> begin();
    std::vector<outgoing_task> next_batch();
    awaitable<error_code> send_ready();
    // What became of a batch of these tasks, word by word.
    awaitable<error_code> take_sent(std::vector<std::size_t> tasks, std::vector<std::string> words);
    awaitable<error_code> take_updates();
    // Of tasks whose results are said to be there; those of foreign_ are judged first.
    awaitable<error_code> take_results(std::vector<std::size_t> tasks);
    awaitable<void> judge(std::vector<std::optional<std::string>>& results, std::vector<std::optional<failure>>& wrong);
    awaitable<error_code> take_failure(task_failure f, bool recorded);
    awaitable<error_code> sweep(std::vector<std::size_t> tasks);
    // For those who look, now and then; the cleaning up behind workers of somebody else at once.
    bool has_count_to_tell() const noexcept;
    awaitable<error_code> tell_count();
    awaitable<error_code> renew_keys();

    const run_environment& environment_;
    const engine_settings& settings_;
    request_steps& steps_;
    update_box& box_;
    const taken_request& request_;
    std::vector<std::size_t> earlier_;
    std::size_t group_;
    std::string name_;
    const hydrated_group& tasks_;
    const failure_policy policy_;
    std::optional<new_group> start_;
    bool begun_ = false;
    group_progress progress_;
    std::vector<std::string> results_;
    std::size_t judged_here_ = 0;      // of those
    std::vector<std::size_t> foreign_; // done, but perhaps not judged and not cleaned up by their worker
    std::string updates_id_;
    std::size_t told_done_ = 0;
    std::size_t told_failed_ = 0;
    clock::time_point next_sweep_;
    clock::time_point next_tell_;
    clock::time_point& next_renewal_;
};

} // namespace vn
