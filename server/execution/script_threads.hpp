// Threads that run scripts: one for each that runs at once, asleep while the script runs. The I/O thread has nothing to
// do with starting a process, which takes until the child has called execve(), nor with its output.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vn {

class script_threads
{
public:
    script_threads() = default;
    script_threads(const script_threads&) = delete;
    // All that was given is run to its end first. Until then no thread ends: with it would its children.
    ~script_threads();

    // Calls work() on a thread that has nothing else to do; it must not throw. Throws std::system_error if there is
    // none and the machine lacks what another would need. I/O thread only.
    void run(std::function<void()> work);

private:
    void wait_for_work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> given_;
    std::size_t idle_ = 0;
    bool closed_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace vn
