// The threads of an inline plugin and what they share; nothing here waits for a call to end, and all of it lives as
// long as a thread is in one.
#pragma once

#include "core/async.hpp"
#include "execution/plugin_call.hpp"
#include "execution/plugin_calls.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vn {

// A call for a worker. The worker writes status before it hands the job back; the I/O thread reads it after that.
struct inline_job
{
    inline_job(std::shared_ptr<plugin_call> c, std::size_t output_limit);

    std::shared_ptr<plugin_call> call; // its question is only read while the worker has it
    // Set by the worker that starts it: its time counts from then.
    std::atomic<clock::time_point> deadline = clock::time_point::max();
    bool is_started() const noexcept { return deadline.load() != clock::time_point::max(); }
    clock::time_point give_up_at = clock::time_point::max();
    bool abandoned = false; // I/O thread

    std::vector<vn_bytes> arguments;
    plugin_question question;
    offered_call offered;
    vn_status status = VN_FAILED;
};

class inline_workers : public std::enable_shared_from_this<inline_workers>
{
public:
    // Called on the executor; not any more after disconnect().
    struct receiver
    {
        std::function<void(result<plugin_description, failure>)> opened;
        std::function<void(std::shared_ptr<inline_job>)> ended;
    };

    inline_workers(asio::any_io_executor back, receiver to, offered_host::log_sink log, std::size_t most);

    // Starts the first thread, which maps the file and makes the instances, then opened() is called; the other threads
    // start when that went well.
    void open(std::string file, std::map<std::string, std::string> settings);
    // Of all versions of a plugin that is VN_SERIAL. Before the first job.
    void use_lock(std::shared_ptr<std::timed_mutex> serial);
    std::size_t size() const noexcept { return size_; } // after opened()

    // Any number: each thread takes one after the other. What is added in one turn of the loop wakes the threads once.
    // I/O thread, as for take_back() and close().
    void add(std::shared_ptr<inline_job> job);
    // False if it was started.
    bool take_back(const std::shared_ptr<inline_job>& job);
    // No more jobs, and those that were not started are forgotten; the threads end, the last one destroys the
    // instances.
    void close();
    void disconnect();
    // Until all threads have ended but as many as given.
    void blocking_wait_for_all_but(std::size_t left);

private:
    void hand_over();
    void start_thread(std::size_t index);
    void work(std::size_t index);
    result<plugin_description, failure> blocking_open();
    vn_status blocking_call(std::size_t index, inline_job& job);
    void give_back(std::shared_ptr<inline_job> job);
    void leave();

    asio::any_io_executor back_;
    receiver to_;
    offered_host::log_sink log_;
    std::string file_;

    std::unique_ptr<offered_host> host_;
    std::string last_error_; // that the plugin logged before it had an instance; under mutex_
    const vn_plugin* plugin_ = nullptr;
    std::vector<vn_instance*> instances_;
    std::vector<plugin_tables> instance_tables_; // of each its own
    std::shared_ptr<std::timed_mutex> serial_;
    std::size_t size_;

    std::vector<std::shared_ptr<inline_job>> added_; // on their way to jobs_; I/O thread

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<inline_job>> jobs_;
    std::vector<std::shared_ptr<inline_job>> ended_; // on their way back, all at once
    std::size_t threads_ = 0;
    bool closed_ = false;
    bool connected_ = true;
};

} // namespace vn
