#include "execution/plugin_calls.hpp"

#include <algorithm>
#include <cxxabi.h>
#include <exception>
#include <utility>

namespace vn {

namespace {

vn_bytes bytes_of(std::string_view text) noexcept
{
    return {text.data(), text.size()};
}

std::string_view text_of(vn_bytes bytes) noexcept
{
    return bytes.data ? std::string_view(bytes.data, bytes.size) : std::string_view();
}

std::string_view cut(std::string_view text) noexcept
{
    return text.substr(0, longest_plugin_text);
}

vn_status refuse(offered_call& call, std::string why)
{
    call.reason = std::move(why);
    return VN_INVALID;
}

vn_status enter(const plugin_tables& tables, vn_instance* instance, const plugin_question& q, offered_call& call)
{
    switch (q.kind)
    {
    case plugin_call_kind::task:
        if (!tables.task)
            return refuse(call, "The plugin values no tasks.");
        return tables.task->run(instance, call.table());
    case plugin_call_kind::fetch:
        if (!tables.fetcher)
            return refuse(call, "The plugin fetches no documents.");
        return tables.fetcher->fetch(instance, call.table(), bytes_of(q.payload));
    case plugin_call_kind::function:
        break;
    }

    const auto found = tables.by_name.find(q.name);
    if (found == tables.by_name.end())
        return refuse(call, "The plugin has no function " + std::string(q.name) + ".");
    const vn_function& f = *found->second;
    const std::size_t count = q.arguments.size();
    const std::span declared(f.arguments, f.argument_count);
    const auto needed =
        std::ranges::count_if(declared, [](const auto& a) { return (a.flags & VN_ARGUMENT_OPTIONAL) == 0; });
    const bool repeats = !declared.empty() && (declared.back().flags & VN_ARGUMENT_REPEATED) != 0;
    if (std::cmp_less(count, needed) || (count > declared.size() && !repeats))
        return refuse(call,
                      "Function " + std::string(q.name) + " does not take " + std::to_string(count) + " arguments.");
    return f.call(instance, &f, call.table(), q.arguments.data(), static_cast<std::uint32_t>(count));
}

} // namespace

offered_host::offered_host(std::map<std::string, std::string> settings, log_sink log)
    : settings_(std::move(settings)), log_(std::move(log))
{
    table_.struct_size = sizeof table_;
    table_.abi_major = VN_ABI_MAJOR;
    table_.abi_minor = VN_ABI_MINOR;
    table_.impl = this;
    table_.log = [](const vn_host* host, std::int32_t level, vn_bytes text) {
        static_cast<offered_host*>(host->impl)->log_(level, cut(text_of(text)));
    };
    table_.setting = [](const vn_host* host, const char* key) -> vn_bytes {
        const auto& all = static_cast<offered_host*>(host->impl)->settings_;
        const auto found = key ? all.find(key) : all.end();
        return found == all.end() ? vn_bytes{nullptr, 0} : bytes_of(found->second);
    };
}

offered_call::offered_call(const plugin_question& q, std::size_t output_limit, progress_sink progress_to)
    : deadline_(clock::now() + std::chrono::milliseconds(std::min<std::int64_t>(q.deadline_ms, 1'000'000'000'000))),
      output_limit_(output_limit), progress_(std::move(progress_to))
{
    table_.struct_size = sizeof table_;
    table_.attempt = q.attempt;
    table_.group = q.group;
    table_.task_number = q.task_number;
    table_.deadline_ms = q.deadline_ms;
    table_.impl = this;
    table_.name = bytes_of(q.name);
    table_.payload = q.kind == plugin_call_kind::task ? bytes_of(q.payload) : vn_bytes{nullptr, 0};
    table_.request_id = bytes_of(q.request_id);
    table_.group_name = bytes_of(q.group_name);
    table_.traceparent = bytes_of(q.traceparent);
    table_.cancelled = is_cancelled;
    table_.time_left = time_left;
    table_.write = write;
    table_.fail = fail;
    table_.progress = progress;
}

std::int32_t offered_call::is_cancelled(const vn_call* call)
{
    const auto& self = *static_cast<offered_call*>(call->impl);
    return self.cancelled_.load(std::memory_order_relaxed) ||
           (call->deadline_ms >= 0 && clock::now() >= self.deadline_);
}

std::int64_t offered_call::time_left(const vn_call* call)
{
    if (call->deadline_ms < 0)
        return -1;
    const auto left = static_cast<offered_call*>(call->impl)->deadline_ - clock::now();
    return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

vn_status offered_call::write(vn_call* call, vn_bytes chunk)
{
    auto& self = *static_cast<offered_call*>(call->impl);
    const auto text = text_of(chunk);
    if (self.too_large || text.size() > self.output_limit_ - self.output.size())
    {
        self.too_large = true;
        self.output = {};
        return VN_FAILED;
    }
    self.output.append(text);
    return VN_OK;
}

void offered_call::fail(vn_call* call, vn_bytes reason)
{
    static_cast<offered_call*>(call->impl)->reason.assign(cut(text_of(reason)));
}

void offered_call::progress(vn_call* call, double fraction, vn_bytes text)
{
    const auto& self = *static_cast<offered_call*>(call->impl);
    if (self.progress_)
        self.progress_(fraction, cut(text_of(text)));
}

vn_status call_plugin(const plugin_tables& tables, vn_instance* instance, const plugin_question& q, offered_call& call)
{
    vn_status status = VN_FAILED;
    try
    {
        status = enter(tables, instance, q, call);
    }
    catch (const abi::__forced_unwind&)
    {
        throw;
    }
    catch (const std::exception& e)
    {
        call.reason = std::string("An exception left the plugin: ").append(cut(e.what()));
    }
    catch (...)
    {
        const auto* const type = abi::__cxa_current_exception_type();
        call.reason = std::string("An exception left the plugin, of type ").append(type ? type->name() : "unknown");
    }
    if (call.too_large)
        return VN_FAILED;
    if (status >= VN_OK && status <= VN_FAILED)
        return status;
    call.reason.insert(0, "it returned " + std::to_string(status) + ", which is no status" +
                              (call.reason.empty() ? "" : ": "));
    return VN_FAILED;
}

} // namespace vn
