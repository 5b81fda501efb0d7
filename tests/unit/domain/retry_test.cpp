#include "domain/retry.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(the_kind_decides_and_then_the_count)
{
    using enum vn::attempt_failure;
    const vn::retry_policy policy;
    const struct
    {
        vn::attempt_failure kind;
        const char* name;
        bool again;
    } rows[] = {
        {vn::attempt_failure::retry, "retry", true},
        {failed, "failed", true},
        {exited, "exited", true},
        {signalled, "signalled", true},
        {deadline, "deadline", true},
        {host_lost, "host-lost", true},
        {bad_output, "bad-output", true},
        {rejected_result, "rejected-result", true},
        {invalid, "invalid", false},
        {do_not_retry, "do-not-retry", false},
        {cancelled, "cancelled", false},
        {no_executor, "no-executor", false},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.name)
        {
            BOOST_TEST(vn::name_of(row.kind) == row.name);
            BOOST_TEST(vn::is_retryable(row.kind) == row.again);
            BOOST_TEST(vn::is_retried(row.kind, 1, policy) == row.again);
            BOOST_TEST(vn::is_retried(row.kind, 2, policy) == row.again);
            BOOST_TEST(!vn::is_retried(row.kind, 3, policy));
            BOOST_TEST(!vn::is_retried(row.kind, 1, {.attempts = 1}));
        }
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_the_longest)
{
    const vn::retry_policy policy{.attempts = 9, .first_pause = 100ms, .longest_pause = 450ms};
    BOOST_TEST(vn::pause_after(1, 0, policy).count() == 50);
    BOOST_TEST(vn::pause_after(1, 50, policy).count() == 100);
    BOOST_TEST(vn::pause_after(1, 51, policy).count() == 50);
    BOOST_TEST(vn::pause_after(2, 100, policy).count() == 200);
    BOOST_TEST(vn::pause_after(3, 200, policy).count() == 400);
    BOOST_TEST(vn::pause_after(4, 225, policy).count() == 450);
    BOOST_TEST(vn::pause_after(4'000'000'000U, 225, policy).count() == 450);
    for (std::uint32_t random : {0U, 1U, 77U, 4'294'967'295U})
    {
        BOOST_TEST(vn::pause_after(2, random, policy).count() >= 100);
        BOOST_TEST(vn::pause_after(2, random, policy).count() <= 200);
    }
    BOOST_TEST(vn::pause_after(1, 7, {.first_pause = 0ms}).count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
