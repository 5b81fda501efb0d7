// What the owner of a request knows of the tasks of one group, and what is to be done next: a plain object, facts in,
// actions out. No I/O and no clock; times are passed in.
#pragma once

#include "domain/retry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace vn {

struct task_failure
{
    std::size_t task = 0;
    int attempt = 0;
    std::string code;
    std::string message;
    std::string at;
    bool retryable = false;
};

// Every task is in one of these states; R8 bounds the second, R11 says what moves it.
//
//   ready ──sent──> outstanding ──completed──> done
//     ^                 │ failed, may be retried          (completed moves it from any state: first success wins)
//     └──── pausing <───┤
//                       └ failed for good ──> failed ──given back by an operator──> outstanding
class group_progress
{
public:
    using time = std::chrono::steady_clock::time_point;

    struct limits
    {
        std::size_t window_tasks = 1000;
        std::size_t window_bytes = 64u << 20;
        int losses = 10; // of one task's entries, before it fails
        retry_policy retry;
    };

    struct attempt
    {
        std::size_t task;
        int number;
        bool again; // the entry of this attempt was lost
    };

    // Tasks are numbered from 1.
    group_progress(std::size_t tasks, limits l);

    // The next attempts to send: as many as the window allows, at most most. bytes(task) is the size of its document.
    template <class Bytes>
    std::vector<attempt> take_ready(time now, std::size_t most, Bytes bytes)
    {
        std::vector<attempt> ready;
        while (ready.size() < most && room())
        {
            const auto t = next_ready(now);
            if (t == 0)
                break;
            send(t, bytes(t));
            ready.push_back({t, at(t).attempt, std::exchange(at(t).again, false)});
        }
        return ready;
    }

    // The first success counts: false if there was one already.
    bool completed(std::size_t task);
    // One attempt failed. False if that changes nothing: an older attempt, or a task that ended.
    bool failed(task_failure f, time now, std::uint32_t random);
    // What was stored, and perhaps told to completed(), is no result: a failed attempt. False as failed().
    bool rejected(task_failure f, time now, std::uint32_t random);
    // Nobody will ever answer for the attempt that was sent: it has to be sent again.
    bool lost(std::size_t task, time now);
    // An attempt that had failed for good is with the workers again, by an operator. False if it had not.
    bool requeued(std::size_t task, int attempt, std::size_t bytes);
    // An attempt that a former owner has sent.
    void found_outstanding(std::size_t task, int attempt, std::size_t bytes);

    bool is_over() const noexcept { return done_ + failures_.size() == tasks_.size(); }
    bool is_outstanding(std::size_t task) const noexcept { return at(task).where == state::outstanding; }
    int attempt_of(std::size_t task) const noexcept { return at(task).attempt; }
    std::size_t size() const noexcept { return tasks_.size(); }
    std::size_t done() const noexcept { return done_; }
    // Those that failed for good, in the order in which they did; messages only of the first 1,000.
    const std::vector<task_failure>& failures() const noexcept { return failures_; }
    std::vector<std::size_t> outstanding() const;
    // When the next pause before a retry ends; nothing while the window is full: then only a task that ends makes room,
    // and a time that has passed would be waited for again and again.
    std::optional<time> next_retry() const;

private:
    enum class state : std::uint8_t
    {
        ready,
        outstanding,
        pausing,
        done,
        failed
    };
    struct task
    {
        state where = state::ready;
        bool again = false;
        int losses = 0;
        int attempt = 1;
        std::uint32_t bytes = 0;
    };
    struct pause
    {
        time until;
        std::size_t task;
        bool operator>(const pause& other) const noexcept { return until > other.until; }
    };

    task& at(std::size_t t) noexcept { return tasks_[t - 1]; }
    const task& at(std::size_t t) const noexcept { return tasks_[t - 1]; }
    bool room() const noexcept;
    std::size_t next_ready(time now);
    void send(std::size_t t, std::size_t bytes);
    void leave_window(task& t) noexcept;
    void end_attempt(task_failure f, time now, std::uint32_t random);

    limits limits_;
    std::vector<task> tasks_;
    std::vector<task_failure> failures_;
    std::priority_queue<pause, std::vector<pause>, std::greater<>> pauses_;
    std::size_t unsent_ = 1; // no task below it is ready
    std::size_t done_ = 0;
    std::size_t outstanding_ = 0;
    std::size_t outstanding_bytes_ = 0;
};

} // namespace vn
