#include "domain/life_cycle.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <set>
#include <string>
#include <utility>

namespace {

using arrows = std::set<std::pair<std::string, std::string>>;

template <class Status>
void only_these(std::initializer_list<Status> all, arrows wanted)
{
    for (auto from : all)
        for (auto to : all)
            BOOST_TEST_CONTEXT(vn::name_of(from) << " -> " << vn::name_of(to))
    BOOST_TEST(vn::may_follow(from, to) ==
               (wanted.erase({std::string(vn::name_of(from)), std::string(vn::name_of(to))}) == 1));
    // Every arrow of the table was taken.
    BOOST_TEST(wanted.empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(life_cycle)

BOOST_AUTO_TEST_CASE(requests_go_their_ways)
{
    using enum vn::request_status;
    only_these({received, started, running, succeeded, failed, cancelled}, {{"received", "received"},
                                                                            {"received", "started"},
                                                                            {"received", "failed"},
                                                                            {"received", "cancelled"},
                                                                            {"started", "started"},
                                                                            {"started", "running"},
                                                                            {"started", "succeeded"},
                                                                            {"started", "failed"},
                                                                            {"started", "cancelled"},
                                                                            {"running", "running"},
                                                                            {"running", "succeeded"},
                                                                            {"running", "failed"},
                                                                            {"running", "cancelled"},
                                                                            {"failed", "received"}});
    for (auto status : {received, started, running, succeeded, failed, cancelled})
        BOOST_TEST((vn::request_status_of(vn::name_of(status)) == status));
    BOOST_TEST((vn::request_status_of("completed") == succeeded));
    BOOST_TEST((vn::request_status_of("failed_terminal") == failed));
    BOOST_TEST(!vn::request_status_of("group_started"));
    BOOST_TEST(!vn::request_status_of(""));
    BOOST_TEST((vn::is_final(succeeded) && vn::is_final(failed) && vn::is_final(cancelled)));
    BOOST_TEST((!vn::is_final(received) && !vn::is_final(started) && !vn::is_final(running)));
}

BOOST_AUTO_TEST_CASE(groups_go_their_ways)
{
    using enum vn::group_status;
    only_these({running, completed, failed},
               {{"running", "running"}, {"running", "completed"}, {"running", "failed"}, {"failed", "running"}});
    for (auto status : {running, completed, failed})
        BOOST_TEST((vn::group_status_of(vn::name_of(status)) == status));
    BOOST_TEST((!vn::is_final(running) && vn::is_final(completed) && vn::is_final(failed)));
}

BOOST_AUTO_TEST_CASE(tasks_go_their_ways)
{
    using enum vn::task_status;
    only_these({waiting, running, completed, failed, cancelled}, {{"waiting", "waiting"},
                                                                  {"waiting", "running"},
                                                                  {"waiting", "completed"},
                                                                  {"waiting", "failed"},
                                                                  {"waiting", "cancelled"},
                                                                  {"running", "waiting"},
                                                                  {"running", "running"},
                                                                  {"running", "completed"},
                                                                  {"running", "failed"},
                                                                  {"running", "cancelled"},
                                                                  {"completed", "waiting"},
                                                                  {"failed", "waiting"},
                                                                  {"failed", "completed"}});
    for (auto status : {waiting, running, completed, failed, cancelled})
        BOOST_TEST((vn::task_status_of(vn::name_of(status)) == status));
    BOOST_TEST((vn::task_status_of("succeeded") == completed));
    BOOST_TEST((!vn::is_final(waiting) && !vn::is_final(running)));
    BOOST_TEST((vn::is_final(completed) && vn::is_final(failed) && vn::is_final(cancelled)));
}

BOOST_AUTO_TEST_SUITE_END()
