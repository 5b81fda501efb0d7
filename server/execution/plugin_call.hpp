// A call on its way through a runner: what is asked, who waits, how it ended. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "core/error.hpp"
#include "domain/retry.hpp"
#include "execution/executor.hpp"
#include "execution/plugin_calls.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct plugin_failure
{
    failure what;
    attempt_failure kind = attempt_failure::failed;
};

// What result::value() throws; nobody should need it.
[[noreturn]] inline void throw_exception_from_error(const plugin_failure& f, const boost::source_location& where)
{
    throw_exception_from_error(f.what, where);
}

using plugin_answer = result<std::string, plugin_failure>;

struct plugin_call
{
    explicit plugin_call(asio::any_io_executor ex) : changed_(std::in_place, std::move(ex), clock::time_point::max()) {}

    plugin_call_kind kind = plugin_call_kind::task;
    std::string name;
    // The document of a task, the URI of a fetch, all arguments of a function one after the other.
    std::string payload;
    std::vector<std::size_t> argument_sizes;
    std::string request_id;
    std::string group_name;
    std::string traceparent;
    std::uint32_t attempt = 1;
    std::uint32_t group = 0;
    std::uint32_t task_number = 0;
    std::chrono::milliseconds time_left{0}; // from when it starts

    bool is_answered() const noexcept { return answered_; }
    // The first answer counts.
    void finish(plugin_answer answer);
    plugin_answer take_answer() { return std::move(answer_); }

    // Whether nothing works on it any more; an answer can come before.
    bool is_released() const noexcept { return released_; }
    void release();

    // Until it is answered, or, after_release, released; or until the waiter is cancelled.
    awaitable<void> wait_for_answer();
    awaitable<void> wait_for_release();

private:
    plugin_answer answer_{std::string()};
    bool answered_ = false;
    bool released_ = false;
    std::optional<asio::steady_timer> changed_; // gone when released: what is abandoned outlives the I/O thread's tools
};

std::shared_ptr<plugin_call> call_of_task(asio::any_io_executor ex, task_input input);
std::shared_ptr<plugin_call> call_of_function(asio::any_io_executor ex, std::string name,
                                              const std::vector<std::string>& arguments,
                                              std::chrono::milliseconds limit);
std::shared_ptr<plugin_call> call_of_fetch(asio::any_io_executor ex, std::string uri, std::chrono::milliseconds limit);

// What a plugin's own status means (R13); not for VN_OK.
//
//   VN_INVALID             plugin-invalid            never again; of a fetch: document-missing
//   VN_RETRY               plugin-retry              again
//   VN_FAILED, and others  plugin-failed             again
//   more output than allowed: plugin-output-too-large, again
plugin_failure failure_of_status(plugin_call_kind kind, vn_status status, bool too_large, std::string reason);
plugin_failure plugin_deadline();
plugin_failure plugin_unavailable(std::string why);

} // namespace vn
