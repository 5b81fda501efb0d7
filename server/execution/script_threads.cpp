#include "execution/script_threads.hpp"

#include <utility>

namespace vn {

script_threads::~script_threads()
{
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

void script_threads::run(std::function<void()> work)
{
    {
        const std::lock_guard lock(mutex_);
        if (idle_ > given_.size())
        {
            given_.push_back(std::move(work));
            changed_.notify_one();
            return;
        }
    }
    threads_.emplace_back([this, first = std::move(work)]() mutable {
        std::exchange(first, nullptr)();
        wait_for_work();
    });
}

void script_threads::wait_for_work()
{
    std::unique_lock lock(mutex_);
    for (;;)
    {
        ++idle_;
        changed_.wait(lock, [&] { return closed_ || !given_.empty(); });
        --idle_;
        if (given_.empty())
            return;
        auto work = std::move(given_.front());
        given_.pop_front();
        lock.unlock();
        std::exchange(work, nullptr)();
        lock.lock();
    }
}

} // namespace vn
