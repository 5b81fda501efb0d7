#include "execution/judged_output.hpp"

#include "domain/retry.hpp"
#include "domain/task_output.hpp"

#include <string_view>

namespace vn {

namespace {

// Documents and outputs up to here are judged in less than a millisecond.
constexpr std::size_t judged_in_place = 64 << 10;

// The first bytes say more than a parser's message when a script wrote a warning before its result.
std::string beginning_of(std::string_view output)
{
    constexpr std::size_t shown = 100;
    return " The output begins with: " + std::string(output.substr(0, shown)) + (output.size() > shown ? "..." : "");
}

} // namespace

awaitable<void> judge_output(asio::thread_pool& pool, const std::string& document, const std::string& output,
                             document_limits limits, task_outcome& outcome)
{
    const auto accept = [&] { return accept_output(document, output, limits); };
    auto accepted = output.size() + document.size() <= judged_in_place ? accept() : co_await on_pool(pool, accept);
    if (accepted)
    {
        outcome.result = std::move(*accepted);
        co_return;
    }
    outcome.error = accepted.error();
    if (!output.empty())
        outcome.error->message += beginning_of(output);
    outcome.retryable = is_retryable(attempt_failure::bad_output);
}

} // namespace vn
