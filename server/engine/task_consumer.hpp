// Takes tasks from the dispatch stream, has them valued, and writes results and failures. I/O thread only.
#pragma once

#include "core/task_group.hpp"
#include "engine/executor_wait.hpp"
#include "engine/recall.hpp"
#include "engine/sent_documents.hpp"
#include "engine/settings.hpp"
#include "engine/task_results.hpp"
#include "redis/client.hpp"
#include "redis/stream_reader.hpp"

#include "execution/executor.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace vn {

class task_consumer
{
public:
    // The tasks are spawned into group; everything given outlives the consumer's coroutines.
    // sent and updates: of the requests that this node owns.
    task_consumer(asio::any_io_executor ex, task_group& group, redis::client& redis, sent_documents& sent,
                  updates_feed& updates, executor& runner, const engine_settings& e, const redis::endpoint& where,
                  const redis::settings& s);

    awaitable<void> run_connection() { return reader_.run_connection(); }
    // Claims what nobody runs any more, then reads what is new, up to the free places; until totally cancelled.
    awaitable<void> run();
    // Keeps the tasks in hand ours, however long they take; until cancelled.
    awaitable<void> keep_leases();
    // What is still in hand goes back, for others to claim at once. When the tasks have ended.
    awaitable<void> hand_back();

    // Tasks in hand of a request that has ended are told, then killed, and given up.
    void request_ended(std::string_view id);

    std::size_t running() const noexcept { return held_.size(); }
    // Why no tasks are read; nothing if they are, or if there is no place to read for.
    std::optional<std::string> not_reading() const;

private:
    struct held
    {
        std::string request;
        std::shared_ptr<recall> recalled;
    };

    // In the order of batch; and what the other nodes are for, if that matters: the value of vn:nodes:version as of
    // now. An error is one of Redis.
    struct documents
    {
        std::vector<std::optional<std::string>> of_tasks;
        std::optional<std::string> nodes_version;
    };
    awaitable<result<documents>> documents_of(const std::vector<dispatched_task>& batch,
                                              std::optional<std::string> nodes_version);
    // True if there may be more to claim at once.
    awaitable<bool> claim();
    // How many were passed on to other nodes. nodes_version: the value of vn:nodes:version, if it has been read after
    // the tasks were.
    awaitable<std::size_t> start(std::vector<dispatched_task> batch,
                                 std::optional<std::string> nodes_version = std::nullopt);
    awaitable<void> run_alone(dispatched_task t);
    awaitable<void> value(dispatched_task t, std::optional<std::string> document, std::shared_ptr<recall> recalled,
                          slots::lease place);
    // Nothing: it was recalled.
    awaitable<std::optional<task_outcome>> outcome_of(const dispatched_task& t, std::optional<std::string> document,
                                                      recall& recalled);
    awaitable<void> drop(const dispatched_task& t);
    void hold(const dispatched_task& t);
    void let_go(const std::string& entry);
    // To the nodes that are for them.
    awaitable<void> pass_on(std::vector<std::string> entries);
    awaitable<void> park(const redis::stream_entry& e, int deliveries, std::string_view reason);
    awaitable<void> park(std::string_view entry, const dispatched_task* t, int deliveries, std::string_view reason);
    std::optional<dispatched_task> parse(const redis::stream_entry& e) const;

    task_group& group_;
    redis::client& redis_;
    sent_documents& sent_;
    executor& runner_;
    const engine_settings& settings_;
    redis::group_reader reader_;
    slots places_;
    executor_wait homeless_; // tasks whose plugin is not here
    task_results results_;
    signal ended_;                     // a task of ours has ended
    std::map<std::string, held> held_; // by entry
    clock::time_point next_claim_ = clock::now();
    bool waits_for_place_ = false;
};

} // namespace vn
