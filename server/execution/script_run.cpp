#include "execution/script_run.hpp"

#include "core/async.hpp"
#include "execution/script_process.hpp"

#include <csignal>
#include <system_error>

namespace vn {

namespace {

awaitable<void> until_raised(signal& ended)
{
    for (bool raised = false; !raised;)
        raised = co_await ended.wait(std::chrono::hours(1));
}

} // namespace

awaitable<result<script_report>> run_script(script_threads& threads, process_plan plan, const std::string& document,
                                            script_bounds bounds, std::function<void()> afterwards)
{
    auto ex = co_await asio::this_coro::executor;
    const auto state = co_await asio::this_coro::cancellation_state;
    using ending = script_report::ending;
    script_process script(std::move(plan), document, bounds);
    signal ended(ex);
    try
    {
        threads.run([&script, &afterwards, &ended, back = asio::prefer(ex, asio::execution::outstanding_work.tracked)] {
            script.blocking_run();
            afterwards();
            asio::post(back, [&ended] { ended.raise(); });
        });
    }
    catch (const std::system_error& e)
    {
        afterwards();
        co_return error_code(e.code().value(), boost::system::system_category());
    }

    // From here on nothing may throw until the tree is gone.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto until = clock::now() + bounds.time_left;
    bool over = false;
    while (!over && !is_terminal(state) && clock::now() < until)
        over = co_await ended.wait(until - clock::now());
    if (!over)
    {
        script.tell(SIGTERM, is_terminal(state) ? ending::by_itself : ending::deadline);
        // Another cancellation ends this wait: then it is killed at once.
        over = co_await ended.wait(bounds.grace);
    }
    if (!over)
    {
        script.tell(SIGKILL, ending::by_itself);
        co_await shielded(until_raised(ended));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (is_terminal(state))
        co_return asio::error::operation_aborted;
    co_return script.take();
}

} // namespace vn
