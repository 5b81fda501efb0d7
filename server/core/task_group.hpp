// Owns coroutines. Nothing else in the server spawns any, so once the group is joined nothing of ours runs. I/O thread
// only.
#pragma once

#include "core/async.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <functional>
#include <list>

namespace vn {

// Declare it after everything its tasks refer to.
class task_group
{
public:
    using failure_handler = std::function<void(std::exception_ptr)>;

    task_group(asio::any_io_executor ex, failure_handler on_failure)
        : ex_(ex), joined_(ex), on_failure_(std::move(on_failure))
    {
    }
    task_group(const task_group&) = delete;
    ~task_group() { BOOST_ASSERT(tasks_.empty()); }

    // make() returns the awaitable; it is kept alive as long as the task. False, and nothing started, after close().
    template <class Make>
    bool spawn(Make make)
    {
        if (closed_)
            return false;
        auto self = tasks_.emplace(tasks_.end());
        asio::co_spawn(ex_, std::move(make),
                       asio::bind_cancellation_slot(
                           self->slot(), [this, self](std::exception_ptr e) { finished(self, std::move(e)); }));
        return true;
    }

    void close()
    {
        closed_ = true;
        if (tasks_.empty())
            joined_.set();
    }

    void cancel(asio::cancellation_type how)
    {
        // Cancelled operations complete later, so the list stays as it is here.
        for (auto& task : tasks_)
            task.emit(how);
    }

    // Ends when the group is closed and empty, or early when cancelled.
    awaitable<void> join() { return joined_.wait(); }

    bool joined() const noexcept { return joined_.is_set(); }
    std::size_t size() const noexcept { return tasks_.size(); }

private:
    using task_list = std::list<asio::cancellation_signal>;

    void finished(task_list::iterator task, std::exception_ptr e)
    {
        tasks_.erase(task);
        if (e && !is_cancellation(e))
            on_failure_(std::move(e));
        if (closed_ && tasks_.empty())
            joined_.set();
    }

    // The only place where being cancelled is told from failing.
    static bool is_cancellation(const std::exception_ptr& e)
    {
        try
        {
            std::rethrow_exception(e);
        }
        catch (const boost::system::system_error& err)
        {
            return err.code() == asio::error::operation_aborted;
        }
        catch (...)
        {
            return false;
        }
    }

    asio::any_io_executor ex_;
    event joined_;
    failure_handler on_failure_;
    task_list tasks_;
    bool closed_ = false;
};

} // namespace vn
