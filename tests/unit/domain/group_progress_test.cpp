#include "domain/group_progress.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>

using namespace vn;
using namespace std::chrono_literals;

namespace {

const group_progress::time start{};

group_progress::limits small_window()
{
    return {.window_tasks = 3, .window_bytes = 1000, .losses = 2, .retry = {.attempts = 3}};
}

std::size_t ten_bytes(std::size_t)
{
    return 10;
}

task_failure failed_attempt(std::size_t task, int attempt, bool retryable = true)
{
    return {
        .task = task, .attempt = attempt, .code = "script-failed", .message = "no", .at = {}, .retryable = retryable};
}

} // namespace

BOOST_AUTO_TEST_SUITE(group_progress_of_tasks)

BOOST_AUTO_TEST_CASE(a_group_without_tasks_is_over)
{
    BOOST_TEST(group_progress(0, small_window()).is_over());
}

BOOST_AUTO_TEST_CASE(sends_no_more_than_the_window_allows)
{
    group_progress p(5, small_window());
    BOOST_TEST(p.take_ready(start, 100, ten_bytes).size() == 3u);
    BOOST_TEST(p.take_ready(start, 100, ten_bytes).empty());
    BOOST_TEST(p.completed(2));
    const auto more = p.take_ready(start, 100, ten_bytes);
    BOOST_TEST_REQUIRE(more.size() == 1u);
    BOOST_TEST(more[0].task == 4u);
}

BOOST_AUTO_TEST_CASE(the_window_also_counts_bytes_but_one_task_may_always_run)
{
    group_progress p(3, small_window());
    const auto large = [](std::size_t) { return std::size_t(5000); };
    BOOST_TEST(p.take_ready(start, 100, large).size() == 1u);
    BOOST_TEST(p.completed(1));
    BOOST_TEST(p.take_ready(start, 100, large).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_first_success_counts_and_a_second_changes_nothing)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    BOOST_TEST(p.completed(1));
    BOOST_TEST(!p.completed(1));
    BOOST_TEST(!p.failed(failed_attempt(1, 1), start, 0));
    BOOST_TEST(p.done() == 1u);
    BOOST_TEST(p.is_over());
}

BOOST_AUTO_TEST_CASE(a_failure_is_retried_after_a_pause_as_the_next_attempt)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    BOOST_TEST(p.failed(failed_attempt(1, 1), start, 0));
    BOOST_TEST(p.take_ready(start, 1, ten_bytes).empty());
    BOOST_TEST_REQUIRE(p.next_retry().has_value());
    const auto again = p.take_ready(*p.next_retry(), 1, ten_bytes);
    BOOST_TEST_REQUIRE(again.size() == 1u);
    BOOST_TEST(again[0].number == 2);
    BOOST_TEST(!again[0].again);
}

BOOST_AUTO_TEST_CASE(no_time_is_waited_for_while_the_window_is_full)
{
    auto limits = small_window();
    limits.window_tasks = 1;
    group_progress p(2, limits);
    p.take_ready(start, 1, ten_bytes);
    p.failed(failed_attempt(1, 1), start, 0);
    BOOST_TEST_REQUIRE(p.next_retry().has_value());
    BOOST_TEST(p.take_ready(start, 1, ten_bytes).at(0).task == 2u);
    BOOST_TEST(!p.next_retry().has_value());
    p.completed(2);
    BOOST_TEST(p.next_retry().has_value());
}

BOOST_AUTO_TEST_CASE(fails_for_good_after_the_last_attempt)
{
    group_progress p(1, small_window());
    auto now = start;
    for (int attempt = 1; attempt <= 3; ++attempt)
    {
        BOOST_TEST_REQUIRE(p.take_ready(now, 1, ten_bytes).size() == 1u);
        p.failed(failed_attempt(1, attempt), now, 0);
        now += 1h;
    }
    BOOST_TEST(p.is_over());
    BOOST_TEST_REQUIRE(p.failures().size() == 1u);
    BOOST_TEST(p.failures()[0].attempt == 3);
}

BOOST_AUTO_TEST_CASE(what_must_not_be_retried_fails_at_once)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    p.failed(failed_attempt(1, 1, false), start, 0);
    BOOST_TEST(p.is_over());
}

BOOST_AUTO_TEST_CASE(a_late_success_goes_before_a_failure)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    p.failed(failed_attempt(1, 1, false), start, 0);
    BOOST_TEST(p.completed(1));
    BOOST_TEST(p.failures().empty());
    BOOST_TEST(p.is_over());
}

BOOST_AUTO_TEST_CASE(the_failure_of_an_older_attempt_changes_nothing)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    p.failed(failed_attempt(1, 1), start, 0);
    p.take_ready(start + 1h, 1, ten_bytes);
    BOOST_TEST(!p.failed(failed_attempt(1, 1), start, 0));
    BOOST_TEST(p.is_outstanding(1));
}

BOOST_AUTO_TEST_CASE(a_lost_entry_is_sent_again_as_the_same_attempt_but_not_for_ever)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    for (int losses = 1; losses <= 2; ++losses)
    {
        BOOST_TEST(p.lost(1, start));
        const auto again = p.take_ready(start, 1, ten_bytes);
        BOOST_TEST_REQUIRE(again.size() == 1u);
        BOOST_TEST(again[0].again);
        BOOST_TEST(again[0].number == 1);
    }
    BOOST_TEST(p.lost(1, start));
    BOOST_TEST_REQUIRE(p.is_over());
    BOOST_TEST(p.failures()[0].code == "task-lost");
}

BOOST_AUTO_TEST_CASE(a_rejected_result_counts_as_a_failed_attempt)
{
    group_progress p(1, small_window());
    p.take_ready(start, 1, ten_bytes);
    p.completed(1);
    BOOST_TEST(p.rejected(failed_attempt(1, 1), start, 0));
    BOOST_TEST(!p.is_over());
    BOOST_TEST(p.take_ready(start + 1h, 1, ten_bytes).at(0).number == 2);
}

BOOST_AUTO_TEST_CASE(numbers_outside_of_the_group_change_nothing)
{
    group_progress p(2, small_window());
    BOOST_TEST(!p.completed(0));
    BOOST_TEST(!p.completed(3));
    BOOST_TEST(!p.failed(failed_attempt(3, 1), start, 0));
}

// Whatever is told, how often and in whatever order: the window holds, every task ends once, and the group gets over.
BOOST_AUTO_TEST_CASE(thousands_of_tasks_with_doubles_losses_and_disorder)
{
    for (unsigned seed = 1; seed <= 20; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed)
        {
            std::mt19937 random(seed);
            const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
            constexpr std::size_t tasks = 2000;
            const group_progress::limits limits{
                .window_tasks = 50, .window_bytes = 100'000, .losses = 1000, .retry = {.attempts = 4}};
            group_progress p(tasks, limits);

            auto now = start;
            std::vector<group_progress::attempt> flying;
            std::set<std::size_t> succeeded;
            std::map<std::size_t, int> sent;
            std::size_t steps = 0;
            while (!p.is_over() && ++steps < 1'000'000)
            {
                for (const auto& a : p.take_ready(now, 20, [](std::size_t t) { return t % 300; }))
                {
                    flying.push_back(a);
                    BOOST_TEST_REQUIRE(a.number >= sent[a.task]);
                    sent[a.task] = a.number;
                }
                BOOST_TEST_REQUIRE(p.outstanding().size() <= limits.window_tasks);
                now += 10ms;
                if (flying.empty())
                {
                    now = p.next_retry().value_or(now);
                    continue;
                }
                const auto at = random() % flying.size();
                const auto a = flying[at];
                if (!chance(20)) // else it is told again later
                    flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(at));
                if (chance(10))
                    p.lost(a.task, now);
                else if (chance(15))
                    p.failed(failed_attempt(a.task, a.number, !chance(5)), now, static_cast<std::uint32_t>(random()));
                else
                {
                    p.completed(a.task);
                    succeeded.insert(a.task);
                }
            }
            BOOST_TEST_REQUIRE(p.is_over());
            BOOST_TEST(p.done() + p.failures().size() == tasks);
            BOOST_TEST(p.done() == succeeded.size());
            for (const auto& f : p.failures())
                BOOST_TEST(!succeeded.contains(f.task));
        }
}

BOOST_AUTO_TEST_SUITE_END()
