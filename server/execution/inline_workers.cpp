#include "execution/inline_workers.hpp"

#include <algorithm>
#include <thread>

namespace vn {

namespace {

plugin_question question_of(const plugin_call& call, const std::vector<vn_bytes>& arguments)
{
    return {.kind = call.kind,
            .name = call.name,
            .payload = call.payload,
            .arguments = arguments,
            .request_id = call.request_id,
            .group_name = call.group_name,
            .traceparent = call.traceparent,
            .attempt = call.attempt,
            .group = call.group,
            .task_number = call.task_number,
            .deadline_ms = call.time_left.count()};
}

std::vector<vn_bytes> arguments_of(const plugin_call& call)
{
    std::vector<vn_bytes> all;
    const char* at = call.payload.data();
    for (const std::size_t size : call.argument_sizes)
    {
        all.push_back({at, size});
        at += size;
    }
    return all;
}

} // namespace

inline_job::inline_job(std::shared_ptr<plugin_call> c, std::size_t output_limit)
    : call(std::move(c)), arguments(arguments_of(*call)), question(question_of(*call, arguments)),
      offered(question, output_limit)
{}

inline_workers::inline_workers(asio::any_io_executor back, receiver to, offered_host::log_sink log, std::size_t most)
    : back_(std::move(back)), to_(std::move(to)), log_(std::move(log)), size_(std::max<std::size_t>(most, 1))
{}

void inline_workers::open(std::string file, std::map<std::string, std::string> settings)
{
    file_ = std::move(file);
    host_ = std::make_unique<offered_host>(std::move(settings), [this](std::int32_t level, std::string_view text) {
        log_(level, text);
        const std::lock_guard lock(mutex_);
        if (level == VN_LOG_ERROR && instances_.empty())
            last_error_ = text;
    });
    start_thread(0);
}

void inline_workers::use_lock(std::shared_ptr<std::timed_mutex> serial)
{
    const std::lock_guard lock(mutex_);
    serial_ = std::move(serial);
}

void inline_workers::add(std::shared_ptr<inline_job> job)
{
    added_.push_back(std::move(job));
    if (added_.size() == 1)
        asio::post(back_, [self = shared_from_this()] { self->hand_over(); });
}

void inline_workers::hand_over()
{
    const auto count = added_.size();
    {
        const std::lock_guard lock(mutex_);
        std::ranges::move(added_, std::back_inserter(jobs_));
    }
    added_.clear();
    for (std::size_t i = 0; i < std::min(count, size_); ++i)
        changed_.notify_one();
}

bool inline_workers::take_back(const std::shared_ptr<inline_job>& job)
{
    if (std::erase(added_, job) > 0)
        return true;
    const std::lock_guard lock(mutex_);
    return std::erase(jobs_, job) > 0;
}

void inline_workers::close()
{
    added_.clear();
    const std::lock_guard lock(mutex_);
    closed_ = true;
    jobs_.clear();
    changed_.notify_all();
}

void inline_workers::disconnect()
{
    const std::lock_guard lock(mutex_);
    connected_ = false;
}

void inline_workers::blocking_wait_for_all_but(std::size_t left)
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return threads_ <= left; });
}

// Detached, as one that never comes back must not keep anybody waiting; what it uses it owns.
void inline_workers::start_thread(std::size_t index)
{
    {
        const std::lock_guard lock(mutex_);
        ++threads_;
    }
    std::thread([self = shared_from_this(), index] { self->work(index); }).detach();
}

void inline_workers::work(std::size_t index)
{
    struct leaving
    {
        inline_workers& all;
        ~leaving() { all.leave(); }
    } const left{*this};

    if (index == 0)
    {
        auto opened = blocking_open();
        const bool went_well = opened.has_value();
        for (std::size_t i = 1; went_well && i < size_; ++i)
            start_thread(i);
        const std::lock_guard lock(mutex_);
        closed_ = closed_ || !went_well;
        if (connected_)
            asio::post(back_, [self = shared_from_this(), opened = std::move(opened)]() mutable {
                self->to_.opened(std::move(opened));
            });
        if (!went_well)
            return;
    }
    for (;;)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || !jobs_.empty(); });
        if (jobs_.empty())
            return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        job->deadline = clock::now() + job->call->time_left;
        lock.unlock();
        job->status = blocking_call(index, *job);
        give_back(std::move(job));
    }
}

vn_status inline_workers::blocking_call(std::size_t index, inline_job& job)
{
    std::unique_lock<std::timed_mutex> one_at_a_time;
    if (serial_)
    {
        one_at_a_time = std::unique_lock(*serial_, job.deadline.load());
        if (!one_at_a_time)
            return VN_CANCELLED;
    }
    const std::size_t which = index % instances_.size();
    return call_plugin(instance_tables_[which], instances_[which], job.question, job.offered);
}

void inline_workers::give_back(std::shared_ptr<inline_job> job)
{
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(job));
    if (!connected_ || ended_.size() > 1)
        return;
    asio::post(back_, [self = shared_from_this()] {
        std::vector<std::shared_ptr<inline_job>> ended;
        {
            const std::lock_guard lock(self->mutex_);
            ended.swap(self->ended_);
        }
        for (const auto& job : ended)
            self->to_.ended(job);
    });
}

void inline_workers::leave()
{
    std::unique_lock lock(mutex_);
    if (threads_ == 1 && closed_)
    {
        // Nobody else is here any more.
        lock.unlock();
        for (auto* const instance : instances_)
            plugin_->destroy(instance);
        lock.lock();
        instances_.clear();
    }
    --threads_;
    changed_.notify_all();
}

result<plugin_description, failure> inline_workers::blocking_open()
{
    const auto loaded = blocking_load_plugin(file_);
    if (!loaded)
        return loaded.error();
    plugin_ = *loaded;
    if ((plugin_->flags & VN_SERIAL) != 0)
        size_ = 1;
    const std::size_t instances = (plugin_->flags & VN_CONCURRENT) != 0 ? 1 : size_;
    result<plugin_description, failure> description(failure{});
    for (std::size_t i = 0; i < instances; ++i)
    {
        auto* const instance = plugin_->create(host_->table());
        if (!instance)
        {
            const std::lock_guard lock(mutex_);
            return failure{.code = "plugin-refused",
                           .message = "its create() failed" + (last_error_.empty() ? "" : ": " + last_error_)};
        }
        {
            const std::lock_guard lock(mutex_);
            instances_.push_back(instance);
        }
        plugin_tables tables;
        description = read_tables(*plugin_, instance, tables);
        if (!description)
            return description;
        instance_tables_.push_back(std::move(tables));
    }
    return description;
}

} // namespace vn
