// A call as the host would make it, which keeps what the plugin does with it and sees what it must not do.
#pragma once

#include <vn/plugin.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace vn::check {

// Outlives the call, so that what comes too late is seen. Not to be moved.
class recorded_call
{
    vn_call raw_{};
    std::string name_, payload_;
    std::string answer_, reason_;
    std::size_t limit_;
    std::thread::id thread_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> running_{false};
    bool over_ = false;
    mutable std::mutex mutex_; // of wrongs_
    std::vector<std::string> wrongs_;

    bool accepts(const char* what, vn_bytes bytes);

public:
    static constexpr std::size_t default_limit = 64u << 20;

    recorded_call(std::string_view name, std::string_view payload, std::size_t limit = default_limit);
    recorded_call(const recorded_call&) = delete;
    recorded_call& operator=(const recorded_call&) = delete;

    void set_deadline(std::chrono::milliseconds left);
    void cancel() { cancelled_ = true; }

    // Between these the plugin may use raw(), on the thread of begin().
    vn_call* begin();
    void end() { running_ = false; }

    const std::string& answer() const { return answer_; }
    const std::string& reason() const { return reason_; }
    bool over_limit() const { return over_; }
    // What the plugin did that it must not: lying sizes, wrong thread, too late.
    std::vector<std::string> wrongs() const;
};

} // namespace vn::check
