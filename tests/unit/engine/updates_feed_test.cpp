// The updates that other programs' workers write, and what becomes of them.
#include "engine/updates_feed.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <vector>

using namespace vn;

namespace {

// An entry with these fields, as a reply of Redis holds it.
class entry
{
    std::vector<boost::redis::resp3::node_view> nodes_;

public:
    explicit entry(std::initializer_list<std::string_view> words)
    {
        using boost::redis::resp3::type;
        nodes_.push_back({type::array, words.size(), 0, {}});
        for (const auto w : words)
            nodes_.push_back({type::blob_string, 1, 1, w});
    }

    redis::stream_entry get() const { return {"5-0", {nodes_.data(), nodes_.data() + nodes_.size()}}; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(updates_of_tasks)

BOOST_AUTO_TEST_CASE(ours_are_understood)
{
    task_update u;
    BOOST_TEST_REQUIRE(
        parse_update(entry({"requestId", "r", "groupIdx", "2", "taskId", "7", "status", "failed", "attempt", "3",
                            "result", "why", "code", "script-failed", "retryable", "no", "node", "n"})
                         .get(),
                     u));
    BOOST_TEST(u.id == "5-0");
    BOOST_TEST(u.group == 2u);
    BOOST_TEST(u.task == 7u);
    BOOST_TEST(u.attempt == 3);
    BOOST_TEST(!u.completed);
    BOOST_TEST(!u.retryable);
    BOOST_TEST(u.ours);
    BOOST_TEST(u.code == "script-failed");
    BOOST_TEST(u.error == "why");
}

BOOST_AUTO_TEST_CASE(other_words_for_the_same_are_understood)
{
    task_update u;
    BOOST_TEST_REQUIRE(parse_update(entry({"groupIndex", "0", "taskId", "1", "status", "succeeded"}).get(), u));
    BOOST_TEST(u.completed);
    BOOST_TEST(u.attempt == 1);
    BOOST_TEST(!u.ours);

    task_update f;
    BOOST_TEST_REQUIRE(parse_update(
        entry({"groupIdx", "0", "taskId", "1", "status", "failed", "attempts", "2", "error", "e"}).get(), f));
    BOOST_TEST(f.attempt == 2);
    BOOST_TEST(f.error == "e");
    BOOST_TEST(f.code == "task-failed");
    BOOST_TEST(f.retryable);
}

BOOST_AUTO_TEST_CASE(garbage_is_no_update)
{
    task_update u;
    BOOST_TEST(!parse_update(entry({}).get(), u));
    BOOST_TEST(!parse_update(entry({"groupIdx", "0", "taskId", "1", "status", "running"}).get(), u));
    BOOST_TEST(!parse_update(entry({"groupIdx", "x", "taskId", "1", "status", "failed"}).get(), u));
    BOOST_TEST(!parse_update(entry({"groupIdx", "0", "taskId", "-1", "status", "failed"}).get(), u));
    BOOST_TEST(!parse_update(entry({"groupIdx", "0", "status", "completed"}).get(), u));
}

// A retry counts attempts anew: the third of those before it would be more than the first of those after it.
BOOST_AUTO_TEST_CASE(what_was_written_before_an_owner_took_the_request_tells_it_nothing)
{
    asio::io_context io;
    const update_box box(io.get_executor(), "1796093308519");
    task_update u;
    for (const auto* id : {"1796093308518-7", "1796093308519-0", "1796093308519-18446744073709551615", "0-1"})
    {
        u.id = id;
        BOOST_TEST(box.is_old(u), id);
    }
    for (const auto* id : {"1796093308520-0", "1796093308530-1"})
    {
        u.id = id;
        BOOST_TEST(!box.is_old(u), id);
    }
}

BOOST_AUTO_TEST_SUITE_END()
