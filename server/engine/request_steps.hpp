// What the owner of a request does to it in Redis: each step is one script, guarded by the owner's epoch, and is tried
// until Redis answers. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "domain/group_progress.hpp"
#include "engine/failure_record.hpp"
#include "engine/sent_documents.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// A request as it was taken from the ingest stream.
struct taken_request
{
    std::string entry;
    std::string id;
    std::string epoch;
    std::string status; // received: its initial pass was never done
    int deliveries = 1;
    std::string xml_key;
    std::string response_key;
    long long current_group = -1;
    std::string submitted_at;
    std::string document_key; // empty: the payload, which the initial pass did not change
    std::string deadline;
    std::string payload = {}; // if it came along: else it is to be read
};

// A group that is to be started.
struct new_group
{
    std::string hydrated;              // as it is stored
    std::vector<task_failure> without; // tasks of the group before that the request went on without
};

// One attempt to be dispatched.
struct outgoing_task
{
    group_progress::attempt attempt;
    std::string valuation_name;
    std::string document;
};

// What Redis knows about one task (inspect.lua).
struct task_truth
{
    std::string word;
    int attempt = 0;
    std::string failure; // a record, if word is failed
};

// How far a group has come when its request ends.
struct last_group
{
    std::size_t started = 0; // number of groups started
    std::string_view status = "";
    std::size_t completed = 0;
    std::size_t failed = 0;
};

// Every step ends with lost_ownership if the request is not ours any more, and with another error if Redis will never
// take it. Cancellation is told as operation_aborted.
class request_steps
{
public:
    // What may wait for room in Redis waits no longer than deadline (then timed_out). All given outlives it.
    request_steps(redis::client& redis, sent_documents& sent, const engine_settings& s, const taken_request& r,
                  clock::time_point deadline);

    // document is empty if the initial pass changed nothing. Does nothing to a request that is started.
    awaitable<error_code> start(std::size_t groups, std::string document);
    // Instead of start(), of what the initial pass did not change, where the first group can be started at once: it
    // starts in that step, or before its end.
    void start_with_group(std::size_t groups) { unstarted_ = groups; }
    // With the first of its tasks, all of them small, which is answered as dispatch() does. tasks: how many it has.
    awaitable<result<std::vector<std::string>>> start_group(std::size_t g, std::string name, std::size_t tasks,
                                                            new_group start, std::vector<outgoing_task> first);
    // Those tasks of a group that has ended, in order.
    awaitable<result<std::vector<task_failure>>> failed_tasks(std::size_t g);
    // A word for each task: sent, there, done. The tasks of one call together are bounded by the caller.
    awaitable<result<std::vector<std::string>>> dispatch(std::size_t g, std::string group_name,
                                                         std::vector<outgoing_task> tasks);
    // foreign: tasks counted whose worker does not clean up behind itself.
    awaitable<error_code> count(std::size_t g, std::size_t completed, std::size_t failed, std::string updates_id,
                                std::vector<std::size_t> foreign);
    // False: there is a result after all. reject: the stored result is none, it goes.
    awaitable<result<bool>> record_failure(std::size_t g, task_failure f, bool reject);
    awaitable<result<std::vector<task_truth>>> inspect(std::size_t g, std::vector<std::size_t> tasks);
    awaitable<error_code> succeed(std::string response, last_group last);
    awaitable<error_code> fail(request_failure f, last_group last);
    // After the end: deletes the results (what: result) or documents (xml) of tasks; groups has the number of tasks of
    // each. What Redis does not answer is left to the TTL.
    awaitable<void> forget(std::string what, std::vector<std::size_t> groups);

    // Plain reads, tried until Redis answers.
    awaitable<result<std::vector<std::optional<std::string>>>> read(std::vector<std::string> names);
    // The keys live for another TTL if that is longer than what they have.
    awaitable<error_code> renew(std::vector<std::string> keys);

private:
    awaitable<result<redis::reply>> run(const redis::script& s, const redis::arguments& args);
    awaitable<error_code> guarded(const redis::script& s, redis::arguments args);
    struct ending
    {
        std::string status;
        std::string document; // response or failure
        std::string detail;   // for the event
        std::string dead;     // why the ingest entry is kept among the dead; empty: it is not
    };
    awaitable<error_code> end(ending e, last_group last);
    // A script that sends tasks, count of them at the end of args: a word for each.
    awaitable<result<std::vector<std::string>>> send(const redis::script& s, redis::arguments args, std::size_t g,
                                                     std::size_t count);
    void remember_sent(const redis::arguments& args, std::size_t g, const std::vector<std::string>& words);
    // A text too large to go with a step is stored before, under a name of this owner, which becomes the text: a former
    // owner can only overwrite what is its own (R4).
    awaitable<error_code> set_apart(std::string_view what, std::string& text);

    redis::client& redis_;
    sent_documents& sent_;
    const engine_settings& settings_;
    const taken_request& request_;
    clock::time_point deadline_;
    std::optional<std::size_t> unstarted_; // groups of a request that starts with the next step
};

} // namespace vn
