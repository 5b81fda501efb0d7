#include "execution/script_threads.hpp"

#include <algorithm>
#include <optional>
#include <semaphore.h>
#include <thread>
#include <utility>

namespace vn {

namespace {

using namespace std::chrono_literals;

// What so many scripts for each processor have left to do takes longer than to bring new ones.
constexpr std::size_t enough = 2;
constexpr clock::duration longest_wait = 10ms;

std::size_t processors()
{
    static const std::size_t count = std::max(1u, std::thread::hardware_concurrency());
    return count;
}

} // namespace

// Woken for a job, without a lock that the one who wakes could still hold; or without one: to end.
struct script_threads::worker
{
    sem_t woken;
    std::optional<job> next;
    std::jthread thread;

    worker() { ::sem_init(&woken, 0, 0); }
    worker(const worker&) = delete;
    ~worker()
    {
        if (thread.joinable())
            thread.join();
        ::sem_destroy(&woken);
    }
};

script_threads::script_threads() = default;

script_threads::~script_threads()
{
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        for (auto* w : idle_)
            ::sem_post(&w->woken);
    }
    workers_.clear();
}

void script_threads::run(std::function<std::chrono::microseconds()> work, asio::any_io_executor ex,
                         std::function<void()> done)
{
    worker* w = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty())
        {
            w = idle_.back();
            idle_.pop_back();
        }
    }
    if (!w)
        w = &add_worker();
    {
        const std::lock_guard lock(mutex_);
        ++running_;
    }
    w->next.emplace(std::move(work), asio::prefer(ex, asio::execution::outstanding_work.tracked), std::move(done));
    ::sem_post(&w->woken);
}

script_threads::worker& script_threads::add_worker()
{
    auto& added = *workers_.emplace_back(std::make_unique<worker>());
    try
    {
        added.thread = std::jthread([this, &added] { serve(added); });
    }
    catch (...)
    {
        workers_.pop_back();
        throw;
    }
    return added;
}

std::size_t script_threads::running()
{
    const std::lock_guard lock(mutex_);
    return running_;
}

void script_threads::serve(worker& w)
{
    for (;;)
    {
        while (::sem_wait(&w.woken) != 0)
            ;
        if (!w.next)
            return;
        perform(*std::exchange(w.next, std::nullopt));
        const std::lock_guard lock(mutex_);
        if (closed_)
            return;
        idle_.push_back(&w);
    }
}

void script_threads::perform(job j)
{
    const auto begin = clock::now();
    const auto processor = std::exchange(j.work, nullptr)();
    end(std::move(j), clock::now() - begin, processor);
}

void script_threads::end(job j, clock::duration took, std::chrono::microseconds processor)
{
    std::unique_lock lock(mutex_);
    // If the others are like it, what part of the processors have they had?
    const bool busy = 2 * processor * (running_ + ended_.size()) > took * processors();
    --running_;
    ended_.push_back(std::move(j));
    if (!busy || running_ <= enough * processors())
        return tell(std::move(lock));
    if (ended_.size() > 1)
        return;
    const auto before = told_;
    if (!told_by_others_.wait_for(lock, std::min(took, longest_wait), [&] { return told_ != before; }))
        tell(std::move(lock));
}

void script_threads::tell(std::unique_lock<std::mutex> lock)
{
    ++told_;
    auto all = std::exchange(ended_, {});
    lock.unlock();
    told_by_others_.notify_all();
    const auto ex = all.front().ex;
    asio::post(ex, [all = std::move(all)] {
        for (const auto& each : all)
            each.done();
    });
}

} // namespace vn
