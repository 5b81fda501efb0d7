// The tables of vn/plugin.h that a plugin is handed, and the way into it; the same in vn-plugin-host and inline.
#pragma once

#include "execution/plugin_library.hpp"

#include <vn/plugin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace vn {

// Reasons, log lines and texts of plugins are cut here.
constexpr std::size_t longest_plugin_text = 4096;

// Outlives every instance created with it.
class offered_host
{
public:
    // Any thread; the text is cut already.
    using log_sink = std::function<void(std::int32_t level, std::string_view text)>;

    offered_host(std::map<std::string, std::string> settings, log_sink log);
    offered_host(const offered_host&) = delete;

    const vn_host* table() const noexcept { return &table_; }

private:
    std::map<std::string, std::string> settings_;
    log_sink log_;
    vn_host table_{};
};

enum class plugin_call_kind
{
    task,
    function,
    fetch,
};

// What is asked; borrowed for the length of the call.
struct plugin_question
{
    plugin_call_kind kind = plugin_call_kind::task;
    std::string_view name;
    std::string_view payload; // of a task: its document; of a fetch: the URI
    std::span<const vn_bytes> arguments;
    std::string_view request_id;
    std::string_view group_name;
    std::string_view traceparent;
    std::uint32_t attempt = 1;
    std::uint32_t group = 0;
    std::uint32_t task_number = 0;
    std::int64_t deadline_ms = -1;
};

// One call as the plugin sees it, and what it gave back.
class offered_call
{
public:
    using progress_sink = std::function<void(double fraction, std::string_view text)>;

    offered_call(const plugin_question& q, std::size_t output_limit, progress_sink progress = {});
    offered_call(const offered_call&) = delete;

    vn_call* table() noexcept { return &table_; }
    // Any thread: cancelled() is true from now on.
    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }

    std::string output;
    std::string reason;
    bool too_large = false;

private:
    using clock = std::chrono::steady_clock;

    static std::int32_t is_cancelled(const vn_call* call);
    static std::int64_t time_left(const vn_call* call);
    static vn_status write(vn_call* call, vn_bytes chunk);
    static void fail(vn_call* call, vn_bytes reason);
    static void progress(vn_call* call, double fraction, vn_bytes text);

    std::atomic<bool> cancelled_{false};
    clock::time_point deadline_;
    std::size_t output_limit_;
    progress_sink progress_;
    vn_call table_{};
};

// Calls what the question asks for, on this thread; a status of vn/plugin.h and nothing else. What the plugin does
// not have is VN_INVALID with a reason. An exception that leaves the plugin is VN_FAILED with its text; the end of the
// thread (pthread_exit) goes through it.
vn_status call_plugin(const plugin_tables& tables, vn_instance* instance, const plugin_question& q, offered_call& call);

} // namespace vn
