#include "execution/script_run.hpp"

#include "core/async.hpp"
#include "execution/script_process.hpp"

#include <algorithm>
#include <csignal>
#include <system_error>

namespace vn {

namespace {

using namespace std::chrono_literals;

// The output of a script is not looked at so long: each look costs a change of threads, and most scripts have ended by
// then. What it prints is in the pipe; one that prints more than that holds waits so long once.
std::chrono::milliseconds unwatched_beside(std::size_t others)
{
    return std::min<std::chrono::milliseconds>(2ms * (others + 1), 20ms);
}

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
    script_process script(std::move(plan), document, bounds, unwatched_beside(threads.running()));
    signal ended(ex);
    try
    {
        threads.run(
            [&script, &afterwards] {
                const auto processor = script.blocking_run();
                afterwards();
                return processor;
            },
            ex, [&ended] { ended.raise(); });
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
