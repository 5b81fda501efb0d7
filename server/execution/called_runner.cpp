#include "execution/called_runner.hpp"

#include "execution/judged_output.hpp"

#include <boost/system/system_error.hpp>

namespace vn {

awaitable<plugin_answer> called_runner::perform(std::shared_ptr<plugin_call> call)
{
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    submit(call);
    co_await call->wait_for_answer();
    if (!call->is_answered())
    {
        withdraw(call);
        co_await shielded(call->wait_for_release());
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (is_terminal(state))
        throw boost::system::system_error(asio::error::operation_aborted);
    auto answer = call->take_answer();
    ++counts_.calls;
    counts_.failures += answer ? 0 : 1;
    co_return answer;
}

awaitable<task_outcome> called_runner::run(task_input input)
{
    const auto begin = clock::now();
    task_outcome outcome;
    outcome.executor = kind_;
    outcome.plugin = description_.name;

    const auto call = call_of_task(ex_, std::move(input));
    auto answer = co_await perform(call);
    if (answer)
        co_await judge_output(pool_, call->payload, *answer, limits_, outcome);
    else
    {
        outcome.error = answer.error().what;
        outcome.retryable = is_retryable(answer.error().kind);
    }
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin);
    co_return outcome;
}

awaitable<result<std::string, failure>> called_runner::value_of(std::shared_ptr<plugin_call> call)
{
    auto answer = co_await perform(std::move(call));
    if (!answer)
        co_return answer.error().what;
    co_return std::move(*answer);
}

awaitable<result<std::string, failure>>
called_runner::call_function(std::string name, std::vector<std::string> arguments, std::chrono::milliseconds limit)
{
    return value_of(call_of_function(ex_, std::move(name), arguments, limit));
}

awaitable<result<std::string, failure>> called_runner::fetch(std::string uri, std::chrono::milliseconds limit)
{
    return value_of(call_of_fetch(ex_, std::move(uri), limit));
}

} // namespace vn
