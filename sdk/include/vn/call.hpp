// The host and one call, as a plugin sees them. Both are handles of a pointer or two: pass them by value.
#pragma once

#include <vn/error.hpp>
#include <vn/plugin.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

namespace vn {

inline std::string_view view(vn_bytes bytes) noexcept
{
    return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

inline vn_bytes bytes(std::string_view text) noexcept
{
    return {text.data(), text.size()};
}

// Lives until the plugin's destructor has returned. Any thread.
class host
{
    const vn_host* host_;

public:
    explicit host(const vn_host* raw) noexcept : host_(raw) {}

    // Empty where unset.
    std::string_view setting(const char* key) const { return view(host_->setting(host_, key)); }

    void log(std::int32_t level, std::string_view text) const { host_->log(host_, level, bytes(text)); }
    void debug(std::string_view text) const { log(VN_LOG_DEBUG, text); }
    void info(std::string_view text) const { log(VN_LOG_INFO, text); }
    void warning(std::string_view text) const { log(VN_LOG_WARNING, text); }
    void error(std::string_view text) const { log(VN_LOG_ERROR, text); }
};

// Valid, with every view it gives, until the call returns. Only cancelled() and time_left() from other threads than the
// one the call came in on.
class call
{
    vn_call* call_;

public:
    explicit call(vn_call* raw) noexcept : call_(raw) {}

    std::string_view name() const { return view(call_->name); } // of the task, function or scheme
    std::string_view payload() const { return view(call_->payload); }
    std::string_view request_id() const { return view(call_->request_id); }
    std::string_view group_name() const { return view(call_->group_name); }
    std::uint32_t group() const { return call_->group; }
    std::uint32_t task_number() const { return call_->task_number; }
    std::uint32_t attempt() const { return call_->attempt; }
    std::string_view traceparent() const { return view(call_->traceparent); }

    // The 32 hexadecimal digits in traceparent(); empty without a trace.
    std::string_view trace_id() const
    {
        return traceparent().size() >= 35 ? traceparent().substr(3, 32) : std::string_view();
    }

    // Nobody wants the answer any more.
    bool cancelled() const { return call_->cancelled(call_) != 0; }

    // For long loops: ends the call by an exception once it is cancelled.
    void check() const
    {
        if (cancelled())
            throw vn::error(VN_CANCELLED, "cancelled");
    }

    // Until the deadline; nothing if there is none.
    std::optional<std::chrono::milliseconds> time_left() const
    {
        const auto left = call_->time_left(call_);
        return left < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(left));
    }

    // Appends to the answer. Throws when it has become too large.
    void write(std::string_view chunk)
    {
        if (call_->write(call_, bytes(chunk)) != VN_OK)
            throw vn::error(VN_FAILED, "the answer is too large");
    }

    // fraction: 0 to 1, negative if unknown.
    void progress(double fraction, std::string_view text = {}) { call_->progress(call_, fraction, bytes(text)); }

    vn_call* raw() const noexcept { return call_; }
};

namespace detail {

// Runs the step; what it throws becomes a status and a reason. Nothing gets out: what cannot be caught, such as the end
// of the thread by pthread_exit, ends the process.
template <class Step>
vn_status guarded(vn_call* call, Step&& step) noexcept
{
    try
    {
        step();
        return VN_OK;
    }
    catch (const error& e)
    {
        call->fail(call, bytes(e.what()));
        return e.status();
    }
    catch (const std::bad_alloc&)
    {
        call->fail(call, bytes("out of memory"));
        return VN_RETRY;
    }
    catch (const std::exception& e)
    {
        call->fail(call, bytes(e.what()));
        return VN_FAILED;
    }
    catch (...)
    {
        call->fail(call, bytes("an exception that is not a std::exception"));
        return VN_FAILED;
    }
}

// Every vn_instance of plugin.hpp begins with this.
struct instance_head
{
    void* plugin;
};

template <class Plugin>
Plugin& plugin_of(vn_instance* instance) noexcept
{
    return *static_cast<Plugin*>(reinterpret_cast<instance_head*>(instance)->plugin);
}

} // namespace detail
} // namespace vn
