#include "domain/group_progress.hpp"

#include <algorithm>
#include <limits>

namespace vn {

namespace {

// Of so many failures nobody reads more; the group hash in Redis has them all.
constexpr std::size_t messages_kept = 1000;

} // namespace

group_progress::group_progress(std::size_t tasks, limits l) : limits_(l), tasks_(tasks) {}

bool group_progress::room() const noexcept
{
    // One task may always run, however large it is.
    return outstanding_ == 0 || (outstanding_ < limits_.window_tasks && outstanding_bytes_ < limits_.window_bytes);
}

std::size_t group_progress::next_ready(time now)
{
    while (!pauses_.empty() && pauses_.top().until <= now)
    {
        const auto t = pauses_.top().task;
        pauses_.pop();
        if (at(t).where == state::pausing)
            return t;
    }
    while (unsent_ <= tasks_.size() && at(unsent_).where != state::ready)
        ++unsent_;
    return unsent_ <= tasks_.size() ? unsent_ : 0;
}

void group_progress::send(std::size_t t, std::size_t bytes)
{
    auto& task = at(t);
    task.where = state::outstanding;
    task.bytes = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
    ++outstanding_;
    outstanding_bytes_ += task.bytes;
}

void group_progress::leave_window(task& t) noexcept
{
    if (t.where != state::outstanding)
        return;
    --outstanding_;
    outstanding_bytes_ -= t.bytes;
}

bool group_progress::completed(std::size_t t)
{
    if (t == 0 || t > tasks_.size() || at(t).where == state::done)
        return false;
    auto& task = at(t);
    if (task.where == state::failed)
        std::erase_if(failures_, [t](const task_failure& f) { return f.task == t; });
    leave_window(task);
    task.where = state::done;
    ++done_;
    return true;
}

bool group_progress::failed(task_failure f, time now, std::uint32_t random)
{
    const auto t = f.task;
    if (t == 0 || t > tasks_.size())
        return false;
    auto& task = at(t);
    if (task.where != state::outstanding || f.attempt < task.attempt)
        return false;

    leave_window(task);
    end_attempt(std::move(f), now, random);
    return true;
}

bool group_progress::rejected(task_failure f, time now, std::uint32_t random)
{
    if (f.task == 0 || f.task > tasks_.size())
        return false;
    if (at(f.task).where == state::done)
        --done_;
    else if (at(f.task).where == state::outstanding)
        leave_window(at(f.task));
    else
        return false;
    end_attempt(std::move(f), now, random);
    return true;
}

void group_progress::end_attempt(task_failure f, time now, std::uint32_t random)
{
    const auto t = f.task;
    auto& task = at(t);
    task.attempt = f.attempt;
    if (!f.retryable || f.attempt >= static_cast<int>(limits_.retry.attempts))
    {
        task.where = state::failed;
        if (failures_.size() >= messages_kept)
            f.message.clear();
        failures_.push_back(std::move(f));
        return;
    }
    const auto wait = pause_after(static_cast<unsigned>(task.attempt), random, limits_.retry);
    ++task.attempt;
    task.where = state::pausing;
    pauses_.push({now + wait, t});
}

bool group_progress::lost(std::size_t t, time now)
{
    auto& task = at(t);
    if (task.where != state::outstanding)
        return false;
    if (++task.losses > limits_.losses)
        return failed({.task = t,
                       .attempt = task.attempt,
                       .code = "task-lost",
                       .message = "the task was given out again and again and nobody answered for it",
                       .at = {},
                       .retryable = false},
                      now, 0);
    leave_window(task);
    task.again = true;
    task.where = state::pausing;
    pauses_.push({now, t});
    return true;
}

bool group_progress::requeued(std::size_t t, int attempt, std::size_t bytes)
{
    if (t == 0 || t > tasks_.size() || at(t).where != state::failed)
        return false;
    std::erase_if(failures_, [t](const task_failure& f) { return f.task == t; });
    at(t).attempt = std::max(attempt, 1);
    send(t, bytes);
    return true;
}

void group_progress::found_outstanding(std::size_t t, int attempt, std::size_t bytes)
{
    auto& task = at(t);
    if (task.where != state::ready)
        return;
    task.attempt = std::max(attempt, 1);
    send(t, bytes);
}

std::vector<std::size_t> group_progress::outstanding() const
{
    std::vector<std::size_t> found;
    found.reserve(outstanding_);
    for (std::size_t t = 1; t <= tasks_.size(); ++t)
        if (is_outstanding(t))
            found.push_back(t);
    return found;
}

std::optional<group_progress::time> group_progress::next_retry() const
{
    return pauses_.empty() || !room() ? std::nullopt : std::optional(pauses_.top().until);
}

} // namespace vn
