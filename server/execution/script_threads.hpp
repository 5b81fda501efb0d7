// Threads that run scripts: one for each that runs at once, asleep while the script runs. The I/O thread has nothing to
// do with starting a process, which takes until the child has called execve(), nor with its output.
#pragma once

#include "core/async.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace vn {

class script_threads
{
public:
    script_threads();
    script_threads(const script_threads&) = delete;
    // All that was given is run to its end first. Until then no thread ends: with it would its children.
    ~script_threads();

    // Calls work() on a thread that has nothing else to do, and then done() on ex, which is kept running until then.
    // Neither may throw. work() returns the processor time of the script. Throws std::system_error if there is no such
    // thread and the machine lacks what another would need. I/O thread only.
    //
    // done() may wait for others that are about to end, so that one wake-up of ex does for all: while scripts are seen
    // to keep the processors busy and enough of them are left to do so, no longer than the work took, and never long.
    void run(std::function<std::chrono::microseconds()> work, asio::any_io_executor ex, std::function<void()> done);

    std::size_t running();

private:
    struct job
    {
        std::function<std::chrono::microseconds()> work;
        asio::any_io_executor ex;
        std::function<void()> done;
    };

    struct worker;

    worker& add_worker();
    void serve(worker& w);
    void perform(job j);
    void end(job j, clock::duration took, std::chrono::microseconds processor);
    void tell(std::unique_lock<std::mutex> lock);

    std::vector<std::unique_ptr<worker>> workers_;

    std::mutex mutex_;          // of what follows
    std::vector<worker*> idle_; // the last is the first to work again: what it has used is still at hand
    std::size_t running_ = 0;   // given and not ended
    bool closed_ = false;

    // Of what has ended and was not told of: the thread of the first one waits for more.
    std::vector<job> ended_;
    std::size_t told_ = 0; // how often
    std::condition_variable told_by_others_;
};

} // namespace vn
