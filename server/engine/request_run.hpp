// Owns one request from the moment it was taken to its end or its loss: one coroutine. I/O thread only.
#pragma once

#include "engine/group_run.hpp"
#include "engine/request_steps.hpp"
#include "engine/updates_feed.hpp"

#include "domain/valuation_document.hpp"

#include <optional>
#include <vector>

namespace vn {

class request_run
{
public:
    request_run(asio::any_io_executor ex, const run_environment& e, taken_request r);
    ~request_run();
    request_run(const request_run&) = delete;

    // Ends without an error when the request has ended, or is not ours any more. With one its entry is still ours and
    // pending: the node stops (operation_aborted), or Redis would not take a step; whoever claims it goes on.
    awaitable<error_code> run();

    // Lost to another node: run() ends soon and writes nothing more.
    void abandon();

    const taken_request& request() const noexcept { return request_; }

private:
    awaitable<error_code> work();
    // Each gives what ends the request unsuccessfully, or nothing; an error_code is for this node only.
    awaitable<result<std::optional<request_failure>>> open();
    awaitable<result<std::optional<request_failure>>> rebuild();
    awaitable<result<std::optional<request_failure>>> run_group(std::size_t g);
    awaitable<result<std::optional<request_failure>>> read_documents(std::size_t g, hydrated_group& tasks);
    awaitable<result<std::optional<request_failure>>> value(std::size_t g, hydrated_group& tasks,
                                                            std::optional<new_group> start);
    awaitable<result<std::optional<std::string>>> read_payload();
    void weigh(const std::vector<std::string>& results);
    last_group progress_of_last() const;
    request_failure too_late(std::string stage, std::optional<std::size_t> group) const;

    const run_environment& environment_;
    taken_request request_;
    update_box box_;
    clock::time_point deadline_;
    request_steps steps_;
    bool light_ = false;
    std::optional<valuation_document> document_;
    std::vector<std::size_t> finished_;      // number of tasks of each group done
    std::vector<task_failure> failed_;       // tasks that the last of those went on without
    std::optional<hydrated_group> restored_; // the group that a former owner had started
    std::optional<last_group> last_;
    clock::time_point next_renewal_; // of the keys' time to live
};

} // namespace vn
