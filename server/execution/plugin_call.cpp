#include "execution/plugin_call.hpp"

#include "core/json_text.hpp"

#include <limits>

namespace vn {

namespace {

std::string with_reason(std::string text, std::string_view reason)
{
    return reason.empty() ? text.append(" and gave no reason.") : text.append(": ").append(reason);
}

std::uint32_t in_32_bits(std::size_t n)
{
    return static_cast<std::uint32_t>(std::min<std::size_t>(n, std::numeric_limits<std::uint32_t>::max()));
}

std::shared_ptr<plugin_call> new_call(asio::any_io_executor ex, plugin_call_kind kind, std::chrono::milliseconds limit)
{
    auto call = std::make_shared<plugin_call>(std::move(ex));
    call->kind = kind;
    call->time_left = limit;
    return call;
}

} // namespace

void plugin_call::finish(plugin_answer answer)
{
    if (answered_)
        return;
    answer_ = std::move(answer);
    answered_ = true;
    if (changed_)
        changed_->cancel();
}

void plugin_call::release()
{
    released_ = true;
    changed_.reset();
}

awaitable<void> plugin_call::wait_for_answer()
{
    const auto state = co_await asio::this_coro::cancellation_state;
    while (!answered_ && !is_terminal(state))
        co_await changed_->async_wait(as_result);
}

awaitable<void> plugin_call::wait_for_release()
{
    while (!released_)
        co_await changed_->async_wait(as_result);
}

std::shared_ptr<plugin_call> call_of_task(asio::any_io_executor ex, task_input input)
{
    auto call = new_call(std::move(ex), plugin_call_kind::task, input.time_left);
    call->name = std::move(input.valuation_name);
    call->payload = std::move(input.document);
    call->request_id = std::move(input.request_id);
    call->group_name = std::move(input.group_name);
    call->traceparent = std::move(input.traceparent);
    call->attempt = static_cast<std::uint32_t>(std::max(1, input.attempt));
    call->group = in_32_bits(input.group_index);
    call->task_number = in_32_bits(input.task_id);
    return call;
}

std::shared_ptr<plugin_call> call_of_function(asio::any_io_executor ex, std::string name,
                                              const std::vector<std::string>& arguments,
                                              std::chrono::milliseconds limit)
{
    auto call = new_call(std::move(ex), plugin_call_kind::function, limit);
    call->name = std::move(name);
    for (const auto& argument : arguments)
    {
        call->argument_sizes.push_back(argument.size());
        call->payload += argument;
    }
    return call;
}

std::shared_ptr<plugin_call> call_of_fetch(asio::any_io_executor ex, std::string uri, std::chrono::milliseconds limit)
{
    auto call = new_call(std::move(ex), plugin_call_kind::fetch, limit);
    call->name = uri.substr(0, uri.find(':'));
    call->payload = std::move(uri);
    return call;
}

plugin_failure failure_of_status(plugin_call_kind kind, vn_status status, bool too_large, std::string reason)
{
    if (too_large)
        return {{.code = "plugin-output-too-large", .message = "The plugin gave back more than is allowed."},
                attempt_failure::bad_output};
    if (status == VN_INVALID && kind == plugin_call_kind::fetch)
        return {{.code = "document-missing",
                 .message = "There is no such document" + (reason.empty() ? "." : ": " + reason)},
                attempt_failure::invalid};
    if (status == VN_INVALID)
        return {{.code = "plugin-invalid", .message = with_reason("The plugin refuses the input", reason)},
                attempt_failure::invalid};
    if (status == VN_RETRY)
        return {{.code = "plugin-retry", .message = with_reason("The plugin asks for another attempt", reason)},
                attempt_failure::retry};
    return {{.code = "plugin-failed", .message = with_reason("The plugin failed", reason)}, attempt_failure::failed};
}

plugin_failure plugin_deadline()
{
    return {{.code = "plugin-deadline", .message = "The plugin did not answer in the time allowed."},
            attempt_failure::deadline};
}

plugin_failure plugin_unavailable(std::string why)
{
    return {{.code = "plugin-unavailable", .message = "The plugin cannot be called: " + std::move(why) + "."},
            attempt_failure::host_lost};
}

} // namespace vn
