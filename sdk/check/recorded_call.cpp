#include "check/recorded_call.hpp"

#include <algorithm>
#include <cstdint>

namespace vn::check {
namespace {

constexpr char request_id[] = "00000000-0000-7000-8000-000000000001";
constexpr char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

vn_bytes bytes_of(std::string_view text)
{
    return {text.data(), text.size()};
}

recorded_call& self(const vn_call* call)
{
    return *static_cast<recorded_call*>(call->impl);
}

} // namespace

recorded_call::recorded_call(std::string_view name, std::string_view payload, std::size_t limit)
    : name_(name), payload_(payload), limit_(limit)
{
    raw_.struct_size = sizeof raw_;
    raw_.attempt = 1;
    raw_.group = 0;
    raw_.task_number = 1;
    raw_.deadline_ms = -1;
    raw_.impl = this;
    raw_.name = bytes_of(name_);
    raw_.payload = bytes_of(payload_);
    raw_.request_id = bytes_of(request_id);
    raw_.group_name = bytes_of("group-0");
    raw_.traceparent = bytes_of(traceparent);
    raw_.cancelled = [](const vn_call* call) -> std::int32_t {
        auto& me = self(call);
        return me.cancelled_ || (me.deadline_ && std::chrono::steady_clock::now() >= *me.deadline_);
    };
    raw_.time_left = [](const vn_call* call) -> std::int64_t {
        auto& me = self(call);
        if (!me.deadline_)
            return -1;
        const auto left = *me.deadline_ - std::chrono::steady_clock::now();
        return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
    };
    raw_.write = [](vn_call* call, vn_bytes chunk) -> vn_status {
        auto& me = self(call);
        if (!me.accepts("write()", chunk))
            return VN_FAILED;
        if (me.over_ || chunk.size > me.limit_ - me.answer_.size())
        {
            me.over_ = true;
            return VN_FAILED;
        }
        if (chunk.size > 0)
            me.answer_.append(chunk.data, chunk.size);
        return VN_OK;
    };
    raw_.fail = [](vn_call* call, vn_bytes reason) {
        auto& me = self(call);
        if (me.accepts("fail()", reason))
            me.reason_.assign(reason.size > 0 ? reason.data : "", std::min<std::size_t>(reason.size, 4096));
    };
    raw_.progress = [](vn_call* call, double, vn_bytes text) { self(call).accepts("progress()", text); };
}

bool recorded_call::accepts(const char* what, vn_bytes bytes)
{
    const char* wrong = nullptr;
    if (!running_)
        wrong = " after the call has returned";
    else if (std::this_thread::get_id() != thread_)
        wrong = " from another thread";
    else if (bytes.size > 0 && !bytes.data)
        wrong = " of NULL with a size";
    else if (bytes.size > (std::size_t(1) << 32))
        wrong = " with a size that cannot be";
    if (!wrong)
        return true;
    const std::lock_guard lock(mutex_);
    if (wrongs_.size() < 10)
        wrongs_.push_back(what + std::string(wrong));
    return false;
}

void recorded_call::set_deadline(std::chrono::milliseconds left)
{
    deadline_ = std::chrono::steady_clock::now() + left;
    raw_.deadline_ms = left.count();
}

vn_call* recorded_call::begin()
{
    thread_ = std::this_thread::get_id();
    running_ = true;
    return &raw_;
}

std::vector<std::string> recorded_call::wrongs() const
{
    const std::lock_guard lock(mutex_);
    return wrongs_;
}

} // namespace vn::check
