// The scripts against a real Redis: what R1, R2, R5, R9 to R16 promise of each.
#include "redis/client.hpp"
#include "redis/keys.hpp"

#include "core/task_group.hpp"
#include "support/io_fixture.hpp"
#include "support/redis_server.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace vn;
using redis::arguments;
using redis::scripts;

namespace {

const std::string id = "01234567-89ab-7def-8123-456789abcdef";

struct fixture : test::io_fixture
{
    test::redis_server server;
    // That were given last.
    std::string epoch;
    std::string payload;
    std::size_t longest_payload = 65536;
    redis::client client{ctx.get_executor(), *redis::parse_endpoint(server.url()), {}};

    // Runs a body with the connections up.
    template <class Body>
    void with_redis(Body body)
    {
        run([&]() -> awaitable<void> {
            task_group group(ctx.get_executor(), [](std::exception_ptr e) { std::rethrow_exception(e); });
            group.spawn([&] { return client.run_commands(); });
            group.spawn([&] { return client.run_bulk(); });
            co_await make_groups();
            for (const char* node : {"node", "a", "b"})
                co_await heard_of(node, 20);
            std::exception_ptr thrown;
            try
            {
                co_await body();
            }
            catch (...)
            {
                thrown = std::current_exception();
            }
            group.close();
            group.cancel(asio::cancellation_type::terminal);
            co_await group.join();
            if (thrown)
                std::rethrow_exception(thrown);
        });
    }

    awaitable<redis::reply> say(std::initializer_list<std::string_view> words)
    {
        redis::command c;
        c.push_range(*words.begin(), words.begin() + 1, words.end());
        auto r = co_await client.exec(c);
        if (!r)
            BOOST_TEST_REQUIRE(!r.error(), *words.begin() << ": " << r.error().message());
        co_return std::move(*r);
    }

    awaitable<redis::reply> run_script(const redis::script& s, arguments args)
    {
        auto r = co_await client.run(s, args);
        if (!r)
            BOOST_TEST_REQUIRE(!r.error(), s.name() << ": " << r.error().message());
        co_return std::move(*r);
    }

    // Redis has heard of the node for so many seconds, all the time and just now; its lease is 10 s.
    awaitable<void> heard_of(std::string node, int seconds)
    {
        const auto since = std::chrono::system_clock::now() - std::chrono::seconds(seconds);
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since.time_since_epoch()).count();
        co_await say({"SET", "vn:calm:" + node, std::to_string(ms) + " 10000", "PX", "29000"});
    }

    awaitable<void> make_groups()
    {
        co_await say({"XGROUP", "CREATE", "stream:request:ingest", "orchestrator-main", "0", "MKSTREAM"});
        co_await say({"XGROUP", "CREATE", "stream:task:dispatch", "task-workers", "0", "MKSTREAM"});
    }

    awaitable<std::string> submit(std::string key = {}, std::string print = "f", std::string request = id,
                                  int backlog = 100, std::string document = "<vnml/>")
    {
        arguments a;
        a << request << document << "now" << 100 << key << print << 200 << 150 << backlog << 1000 << 1 << "user"
          << "deadline" << 4102444800000 << "normal" << "x-a" << "1";
        const auto r = co_await run_script(scripts::submit, std::move(a));
        co_return r.items().at(0).string() + " " + r.items().at(1).string();
    }

    // Takes what is new or, with a lease of 0 ms passed, idle. The epoch it gives, empty if nothing was taken.
    awaitable<std::string> take(std::string consumer)
    {
        auto read = co_await say({"XREADGROUP", "GROUP", "orchestrator-main", consumer, "COUNT", "10", "STREAMS",
                                  "stream:request:ingest", ">"});
        std::vector<std::string> entries;
        for (const auto& e : redis::read_entries(read))
            entries.emplace_back(e.id);
        arguments a;
        a << consumer << "node" << (entries.empty() ? 1 : 0) << 10 << "2026-01-31T12:00:00.000Z" << 100 << 1000 << 1000
          << "deadline" << 4102444800000 << longest_payload;
        for (const auto& e : entries)
            a << e;
        if (entries.empty()) // a lease that is over by now
            co_await say({"XCLAIM", "stream:request:ingest", "orchestrator-main", consumer, "0",
                          (co_await say({"HGET", redis::keys::state(id), "entry"})).root().string(), "IDLE", "100000",
                          "JUSTID"});
        const auto r = co_await run_script(scripts::take, std::move(a));
        epoch = r.items().empty() ? std::string() : r.items()[0].items().at(2).string();
        payload = r.items().empty() ? std::string() : r.items()[0].items().at(11).string();
        co_return epoch;
    }

    // first: how many of the tasks go with it. groups: of a request that starts with it. Gives the words of those, or lost.
    awaitable<std::string> start_group_with(std::string by, int tasks, int first, std::string groups = {})
    {
        arguments s;
        s << id << by << "now" << 100 << 1000 << 1 << "";
        if (groups.empty())
            co_await run_script(scripts::start_request, std::move(s));
        arguments a;
        a << id << by << "now" << 100 << 1000 << 0 << "G" << tasks << "<group/>" << "" << groups << "request" << "" << ""
          << "";
        for (int t = 1; t <= first; ++t)
            a << t << 1 << "bond" << "" << "<task/>";
        const auto r = co_await run_script(scripts::start_group, std::move(a));
        std::string words;
        for (const auto& word : r.items())
            words += (words.empty() ? "" : " ") + word.string();
        co_return words;
    }

    awaitable<long long> start_group(std::string by, int tasks = 1)
    {
        const auto words = co_await start_group_with(std::move(by), tasks, 0);
        co_return words == "lost" ? 0 : 1;
    }

    awaitable<std::string> dispatch(std::string by, int attempt = 1, std::string again = {}, int task = 1)
    {
        arguments a;
        a << id << by << 0 << "G" << 100 << "" << "" << "" << task << attempt << "bond" << again << "<task/>";
        const auto r = co_await run_script(scripts::dispatch, std::move(a));
        co_return r.items().empty() ? "lost" : r.items()[0].string();
    }

    // The entry that a worker reads, empty if there is none.
    awaitable<std::string> read_task(std::string consumer)
    {
        const auto r = co_await say(
            {"XREADGROUP", "GROUP", "task-workers", consumer, "COUNT", "1", "STREAMS", "stream:task:dispatch", ">"});
        const auto entries = redis::read_entries(r);
        co_return entries.empty() ? std::string() : std::string(entries[0].id);
    }

    // The entries of the first tasks, each with the worker vn-node.
    awaitable<std::vector<std::string>> hand_out(std::string by, int tasks)
    {
        std::vector<std::string> entries;
        for (int task = 1; task <= tasks; ++task)
        {
            co_await dispatch(by, 1, {}, task);
            entries.push_back(co_await read_task("vn-node"));
        }
        co_return entries;
    }

    // One attempt among those that finish_tasks gets.
    static void ended(arguments& a, std::string entry, bool ok, int attempt = 1, std::string result = "<valuation/>",
                      int task = 1, const std::string& request = id)
    {
        a << request << 0 << "G" << "bond" << "script" << "vnas.sh" << 1;
        a << entry << task << attempt << 5 << (ok ? "completed" : "failed");
        if (ok)
            a << result;
        else
            a << "{}" << "no" << "script-failed" << "yes";
    }

    // What finish_tasks says of the attempts.
    awaitable<std::vector<std::string>> words_of(arguments a)
    {
        const auto answer = co_await run_script(scripts::finish_tasks, std::move(a));
        std::vector<std::string> said;
        for (const auto& w : answer.items())
            said.push_back(w.string());
        said.erase(said.begin());
        co_return said;
    }

    awaitable<std::string> finish(std::string entry, bool ok, int attempt = 1, std::string result = "<valuation/>")
    {
        arguments a;
        a << 100 << 1000 << "node" << "" << "";
        ended(a, std::move(entry), ok, attempt, std::move(result));
        co_return (co_await words_of(std::move(a))).at(0);
    }

    awaitable<std::string> inspect(int foreign = 1000)
    {
        arguments a;
        a << id << 0 << foreign << 1;
        const auto r = co_await run_script(scripts::inspect, std::move(a));
        co_return r.items().at(0).items().at(0).string();
    }

    // groups: as many as the owner knows to be started.
    awaitable<long long> end(std::string by, std::string status = "succeeded", int groups = 1)
    {
        arguments a;
        a << id << by << status << "now" << 100 << 1000 << "<vnml/>" << "{}" << groups
          << (status == "failed" ? "failed" : "completed") << 1 << 0 << "" << 1000 << "node";
        co_return (co_await run_script(scripts::end_request, std::move(a))).number();
    }

    // What people do: the answer's first word, and its second behind a space.
    awaitable<std::string> by_hand(const redis::script& script, arguments a, std::string token)
    {
        a << token << "ann" << "call" << "now" << "node" << 1000;
        const auto r = co_await run_script(script, std::move(a));
        co_return r.items().at(0).string() + " " + r.items().at(1).string();
    }

    awaitable<std::string> cancel(std::string token)
    {
        arguments a;
        a << id << 100 << 1000;
        co_return co_await by_hand(scripts::cancel, std::move(a), std::move(token));
    }

    awaitable<std::string> retry(std::string token)
    {
        arguments a;
        a << id << 100 << 200 << 1000 << 100 << "deadline" << 4102444800000 << "";
        co_return co_await by_hand(scripts::retry, std::move(a), std::move(token));
    }

    awaitable<long long> length(std::string stream) { co_return (co_await say({"XLEN", stream})).number(); }

    awaitable<long long> pending(std::string stream, std::string group)
    {
        co_return (co_await say({"XPENDING", stream, group})).items().at(0).number();
    }

    // A request whose only task is with a worker; its entry.
    awaitable<std::string> task_with_worker(std::string consumer = "vn-a")
    {
        co_await submit();
        co_await take("vn-a");
        co_await start_group(epoch);
        co_await dispatch(epoch);
        co_return co_await read_task(consumer);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(redis_scripts, fixture)

BOOST_AUTO_TEST_CASE(a_submission_that_is_said_twice_is_one)
{
    with_redis([&]() -> awaitable<void> {
        BOOST_TEST(co_await submit() == "accepted " + id);
        BOOST_TEST(co_await submit() == "accepted " + id);
        BOOST_TEST(co_await length("stream:request:ingest") == 1);
        BOOST_TEST(co_await length("stream:request:lifecycle") == 1);
    });
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_leads_to_the_first_request_or_is_refused)
{
    const std::string other = "11234567-89ab-7def-8123-456789abcdef";
    with_redis([&]() -> awaitable<void> {
        BOOST_TEST(co_await submit("key") == "accepted " + id);
        BOOST_TEST(co_await submit("key", "f", other) == "replay " + id);
        BOOST_TEST(co_await submit("key", "g", other) == "mismatch " + id);
        BOOST_TEST(co_await length("stream:request:ingest") == 1);
        BOOST_TEST((co_await say({"EXISTS", redis::keys::state(other)})).number() == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_full_backlog_takes_nothing)
{
    const std::string other = "11234567-89ab-7def-8123-456789abcdef";
    with_redis([&]() -> awaitable<void> {
        BOOST_TEST(co_await submit({}, "f", id, 1) == "accepted " + id);
        BOOST_TEST(co_await submit({}, "f", other, 1) == "backlog " + other);
        BOOST_TEST((co_await say({"EXISTS", redis::keys::request(other, "xml")})).number() == 0);
    });
}

BOOST_AUTO_TEST_CASE(who_lost_the_request_can_write_nothing_more)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto first = co_await take("vn-a");
        const auto second = co_await take("vn-b");
        BOOST_TEST(first < second);

        BOOST_TEST(co_await start_group(first) == 0);
        BOOST_TEST(co_await dispatch(first) == "lost");
        BOOST_TEST(co_await end(first) == 0);
        arguments renewal;
        renewal << "vn-a" << "0-1" << id << first;
        const auto lost = co_await run_script(scripts::renew, std::move(renewal));
        BOOST_TEST_REQUIRE(lost.items().size() == 1u);
        BOOST_TEST(lost.items()[0].text() == id);

        BOOST_TEST(co_await start_group(second) == 1);
        BOOST_TEST(co_await dispatch(second) == "sent");
        BOOST_TEST(co_await end(second) == 1);
    });
}

BOOST_AUTO_TEST_CASE(renewal_keeps_an_entry_from_being_claimed_and_never_takes_one_back)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto first = co_await take("vn-a");
        const auto entry = (co_await say({"HGET", redis::keys::state(id), "entry"})).root().string();
        const auto second = co_await take("vn-b");
        for (const auto& [consumer, epoch] : {std::pair("vn-a", first), std::pair("vn-b", second)})
        {
            arguments a;
            a << consumer << entry << id << epoch;
            co_await run_script(scripts::renew, std::move(a));
        }
        const auto held = co_await say({"XPENDING", "stream:request:ingest", "orchestrator-main", "-", "+", "10"});
        BOOST_TEST(held.items().at(0).items().at(1).text() == "vn-b");
    });
}

BOOST_AUTO_TEST_CASE(entries_that_cannot_be_taken_are_parked_with_their_reason)
{
    with_redis([&]() -> awaitable<void> {
        co_await say({"XADD", "stream:request:ingest", "*", "color", "red"});
        co_await say({"XADD", "stream:request:ingest", "*", "requestId", id});
        co_await say({"XADD", "stream:request:ingest", "*", "requestId", id, "xmlKey", "passwords"});
        BOOST_TEST(co_await take("vn-a") == "");
        BOOST_TEST(co_await length("stream:request:ingest") == 0);
        const auto dead = co_await say({"XRANGE", "stream:request:dead", "-", "+"});
        const auto entries = redis::entries_of(dead.root());
        BOOST_TEST_REQUIRE(entries.size() == 3u);
        BOOST_TEST(entries[0]["reason"] == "no-request-id");
        BOOST_TEST(entries[0]["color"] == "red");
        BOOST_TEST(entries[1]["reason"] == "no-xml-key");
        BOOST_TEST(entries[2]["reason"] == "no-xml-key");
    });
}

BOOST_AUTO_TEST_CASE(an_entry_that_makes_redis_refuse_does_not_keep_others_from_being_taken)
{
    with_redis([&]() -> awaitable<void> {
        const std::string other = "11111111-89ab-7def-8123-456789abcdef";
        co_await say({"SET", redis::keys::state(other), "{}", "EX", "60"});
        co_await say(
            {"XADD", "stream:request:ingest", "*", "requestId", other, "xmlKey", redis::keys::request(other, "xml")});
        redis::command many;
        std::vector<std::string> words{"stream:request:ingest", "*"};
        for (int i = 0; i < 10'000; ++i)
            words.push_back("f" + std::to_string(i));
        many.push_range("XADD", words);
        const auto added = co_await client.exec(many);
        BOOST_TEST_REQUIRE(added.has_value());
        co_await submit();
        BOOST_TEST(co_await take("vn-a") != "");
        BOOST_TEST(co_await length("stream:request:ingest") == 1);
        const auto dead = co_await say({"XRANGE", "stream:request:dead", "-", "+"});
        const auto entries = redis::entries_of(dead.root());
        BOOST_TEST_REQUIRE(entries.size() == 2u);
        BOOST_TEST(entries[0]["reason"] == "unusable");
        BOOST_TEST(entries[0]["requestId"] == other);
        BOOST_TEST(entries[1]["reason"] == "no-request-id");
    });
}

BOOST_AUTO_TEST_CASE(an_entry_of_another_producer_becomes_a_request_and_its_double_is_parked)
{
    with_redis([&]() -> awaitable<void> {
        const auto key = redis::keys::request(id, "xml");
        co_await say({"SET", key, "<vnml/>"});
        co_await say({"XADD", "stream:request:ingest", "*", "requestId", id, "xmlKey", key, "createdAt", "then",
                      "metadata", R"({"x-user-id":"ann"})"});
        co_await say({"XADD", "stream:request:ingest", "*", "requestId", id, "xmlKey", key});
        BOOST_TEST(co_await take("vn-a") != "");
        const auto state = co_await say({"HMGET", redis::keys::state(id), "status", "submittedAt", "username"});
        BOOST_TEST(state.items().at(0).text() == "received");
        BOOST_TEST(state.items().at(1).text() == "then");
        BOOST_TEST(state.items().at(2).text() == "ann");
        BOOST_TEST((co_await say({"TTL", key})).number() > 0);
        BOOST_TEST(co_await length("stream:request:dead") == 1);
        BOOST_TEST(co_await length("stream:request:lifecycle") == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_group_starts_with_its_first_tasks_once)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto before = co_await take("vn-a");
        BOOST_TEST(co_await start_group_with(before, 3, 2) == "sent sent");
        BOOST_TEST(co_await length("stream:task:dispatch") == 2);
        BOOST_TEST((co_await say({"GET", "cache:task:" + id + ":0:2:xml"})).text() == "<task/>");
        // Its answer was lost.
        BOOST_TEST(co_await start_group_with(before, 3, 2) == "there there");
        BOOST_TEST(co_await length("stream:task:dispatch") == 2);
        const auto now = co_await take("vn-b");
        BOOST_TEST(co_await start_group_with(before, 3, 3) == "lost");
        BOOST_TEST(co_await start_group_with(before, 3, 0) == "lost");
        BOOST_TEST(co_await length("stream:task:dispatch") == 2);
        BOOST_TEST((co_await say({"EXISTS", "cache:task:" + id + ":0:3:xml"})).number() == 0);
        BOOST_TEST(co_await start_group_with(now, 3, 3) == "there there sent");
    });
}

BOOST_AUTO_TEST_CASE(a_request_starts_with_its_first_group_once)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto by = co_await take("vn-a");
        const auto state = [&](std::string_view field) -> awaitable<std::string> {
            co_return (co_await say({"HGET", redis::keys::state(id), field})).root().string();
        };
        for (int times = 0; times < 2; ++times)
        {
            co_await start_group_with(by, 3, 2, "5");
            BOOST_TEST(co_await state("status") == "running");
            BOOST_TEST(co_await state("groupCount") == "5");
            BOOST_TEST(co_await state("taskDocuments") == "request");
            BOOST_TEST(co_await state("startedAt") == "now");
            BOOST_TEST((co_await say({"ZCARD", "vn:list:running"})).number() == 1);
            BOOST_TEST((co_await say({"ZCARD", "vn:list:received"})).number() == 0);
            std::string told;
            const auto events = co_await say({"XRANGE", "stream:request:lifecycle", "-", "+"});
            for (const auto& e : redis::entries_of(events.root()))
                told += std::string(e["status"]) + " ";
            BOOST_TEST(told == "received started group_started ");
        }
    });
}

BOOST_AUTO_TEST_CASE(a_group_whose_start_was_not_answered_ends_with_its_request)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto by = co_await take("vn-a");
        BOOST_TEST(co_await start_group_with(by, 3, 2) == "sent sent");
        BOOST_TEST(co_await end(by, "failed", 0) == 1);
        BOOST_TEST((co_await say({"HGET", redis::keys::group_state(id, 0), "status"})).text() == "failed");
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        BOOST_TEST((co_await say({"EXISTS", "cache:task:" + id + ":0:1:xml"})).number() == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_small_payload_comes_with_its_request)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        co_await take("vn-a");
        BOOST_TEST(payload == "<vnml/>");
        longest_payload = 6;
        BOOST_TEST(co_await take("vn-b") != "");
        BOOST_TEST(payload == "");
        longest_payload = 7;
        co_await say({"DEL", "cache:request:" + id + ":xml"});
        BOOST_TEST(co_await take("vn-b") != "");
        BOOST_TEST(payload == "");
        co_await say({"HSET", "cache:request:" + id + ":xml", "a", "b"});
        BOOST_TEST(co_await take("vn-b") != "");
        BOOST_TEST(payload == "");
    });
}

BOOST_AUTO_TEST_CASE(an_attempt_is_dispatched_once_and_a_new_one_replaces_it)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        co_await take("vn-a");
        co_await start_group(epoch);
        BOOST_TEST(co_await dispatch(epoch) == "sent");
        BOOST_TEST(co_await dispatch(epoch) == "there");
        BOOST_TEST(co_await length("stream:task:dispatch") == 1);
        BOOST_TEST(co_await dispatch(epoch, 2) == "sent");
        BOOST_TEST(co_await length("stream:task:dispatch") == 1);
        BOOST_TEST(co_await dispatch(epoch, 1, "yes") == "there");
        BOOST_TEST(co_await dispatch(epoch, 2, "yes") == "sent");
        BOOST_TEST(co_await length("stream:task:dispatch") == 1);
    });
}

BOOST_AUTO_TEST_CASE(the_first_success_counts_and_every_end_acknowledges)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        BOOST_TEST(co_await finish(entry, true) == "counted");
        BOOST_TEST(co_await finish(entry, true, 1, "<other/>") == "duplicate");
        BOOST_TEST(co_await finish(entry, false) == "duplicate");
        BOOST_TEST((co_await say({"GET", redis::keys::task(id, 0, 1, "result")})).text() == "<valuation/>");
        BOOST_TEST(co_await length("stream:task:updates") == 1);
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        BOOST_TEST(co_await pending("stream:task:dispatch", "task-workers") == 0);
        BOOST_TEST((co_await say({"EXISTS", redis::keys::task(id, 0, 1, "xml")})).number() == 0);
        BOOST_TEST(co_await inspect() == "done");
    });
}

BOOST_AUTO_TEST_CASE(attempts_that_end_together_are_told_each_its_own)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto epoch_now = co_await take("vn-a");
        co_await start_group(epoch_now, 5);
        const auto entries = co_await hand_out(epoch_now, 5);
        const std::string of_task = "cache:task:" + id + ":0:";
        co_await say({"LPUSH", "state:request:11111111-89ab-7def-8123-456789abcdef", "no hash"});

        arguments a;
        a << 100 << 1000 << "node" << "" << "";
        ended(a, entries[0], true);
        ended(a, entries[1], false, 1, "", 2);
        ended(a, entries[2], true, 1, "vn:part:gone:8", 3);
        ended(a, entries[0], true, 1, "<other/>");
        // Of a request whose state is no state.
        ended(a, "9-9", true, 1, "<v/>", 1, "11111111-89ab-7def-8123-456789abcdef");
        co_await say({"SET", "vn:part:here:8", "<large/>"});
        ended(a, entries[3], true, 1, "vn:part:here:8", 4);
        const auto said = co_await words_of(std::move(a));
        BOOST_TEST(said ==
                       (std::vector<std::string>{"counted", "recorded", "unstored", "duplicate", "refused", "counted"}),
                   boost::test_tools::per_element());

        BOOST_TEST((co_await say({"GET", of_task + "1:result"})).text() == "<valuation/>");
        BOOST_TEST((co_await say({"GET", of_task + "4:result"})).text() == "<large/>");
        BOOST_TEST((co_await say({"TTL", of_task + "4:result"})).number() > 0);
        BOOST_TEST((co_await say({"XLEN", "stream:task:updates"})).number() == 3);
        // What is not over is still in hand, with its document.
        BOOST_TEST((co_await say({"XLEN", "stream:task:dispatch"})).number() == 2);
        BOOST_TEST((co_await say({"EXISTS", of_task + "3:xml", of_task + "5:xml"})).number() == 2);
        BOOST_TEST((co_await say({"EXISTS", of_task + "1:xml", of_task + "2:xml", of_task + "4:xml"})).number() == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_batch_of_attempts_is_dispatched_each_by_what_is_known_of_it)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto now = co_await take("vn-a");
        co_await start_group(now, 3);
        BOOST_TEST(co_await dispatch(now, 1, {}, 2) == "sent");
        const auto entry = co_await read_task("vn-node");
        BOOST_TEST(co_await dispatch(now, 2, {}, 3) == "sent");
        co_await say({"SET", "cache:task:" + id + ":0:1:result", "<valuation/>"});

        arguments a;
        a << id << now << 0 << "G" << 100 << "" << "" << "";
        for (const auto& [task, attempt] : {std::pair(1, 1), {2, 2}, {3, 2}, {4, 1}})
            a << task << attempt << "bond" << "" << "<task/>";
        const auto r = co_await run_script(scripts::dispatch, std::move(a));
        std::vector<std::string> said;
        for (const auto& w : r.items())
            said.push_back(w.string());
        BOOST_TEST(said == (std::vector<std::string>{"done", "sent", "there", "sent"}),
                   boost::test_tools::per_element());
        // The first attempt at the second is not run beside the new one.
        BOOST_TEST((co_await say({"XRANGE", "stream:task:dispatch", entry, entry})).items().empty());
        BOOST_TEST((co_await say({"XLEN", "stream:task:dispatch"})).number() == 3);
        BOOST_TEST((co_await say({"HGET", "state:request:" + id + ":group:0", "vn:2:entry"})).text().substr(0, 2) ==
                   "2 ");
    });
}

BOOST_AUTO_TEST_CASE(what_is_read_tells_where_to_wait_for_more_only_if_that_was_all)
{
    with_redis([&]() -> awaitable<void> {
        const auto read = [&](int high, int normal, int low) -> awaitable<redis::reply> {
            arguments a;
            a << "stream:task:dispatch" << "task-workers" << "vn-node" << high << normal << low;
            co_return co_await run_script(scripts::read_lanes, std::move(a));
        };
        const auto nothing = co_await read(1, 1, 1);
        BOOST_TEST_REQUIRE(nothing.items().size() == 3u);
        BOOST_TEST(nothing.items()[1].items().size() == 3u);
        for (const auto& last : nothing.items()[1].items())
            BOOST_TEST(last.text() == "0-0");
        BOOST_TEST(nothing.items()[2].number(-2) == 0);

        for (const char* stream :
             {"stream:task:dispatch", "stream:task:dispatch", "stream:task:dispatch", "vn:dispatch:low"})
            co_await say({"XADD", stream, "*", "a", "1"});
        const auto part = co_await read(1, 1, 1);
        BOOST_TEST(part.items()[1].items().empty());
        BOOST_TEST(part.items()[0].items().size() == 3u);
        BOOST_TEST(part.items()[2].number(-2) == 1);
        const auto rest = co_await read(1, 1, 1);
        const auto entries = redis::entries_of(rest.items()[0]);
        BOOST_TEST_REQUIRE(entries.size() == 1u);
        const auto last = rest.items()[1].items();
        BOOST_TEST_REQUIRE(last.size() == 3u);
        BOOST_TEST(last[0].text() == "0-0");
        BOOST_TEST(last[1].text() == entries[0].id);
        // There is one that has been given to somebody already.
        BOOST_TEST(last[2].text() == redis::entries_of(part.items()[0])[1].id.substr(4));
    });
}

BOOST_AUTO_TEST_CASE(a_damaged_lane_does_not_keep_the_others_from_being_read)
{
    with_redis([&]() -> awaitable<void> {
        for (const char* damaged : {"vn:dispatch:high", "vn:dispatch:low"})
        {
            co_await say({"SET", damaged, "no stream"});
            for (int i = 0; i < 3; ++i)
                co_await say({"XADD", "stream:task:dispatch", "*", "a", "1"});
            arguments a;
            a << "stream:task:dispatch" << "task-workers" << "vn-node" << 6 << 3 << 1;
            const auto r = co_await run_script(scripts::read_lanes, std::move(a));
            BOOST_TEST(r.items()[1].items().empty());
            BOOST_TEST(r.items()[0].items().size() == 3u);
            BOOST_TEST(r.items()[2].number(-2) == -1);
            co_await say({"DEL", damaged});
        }
    });
}

BOOST_AUTO_TEST_CASE(whether_all_updates_since_were_written_here_is_said)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto now = co_await take("vn-a");
        co_await start_group(now, 3);
        const auto entries = co_await hand_out(now, 3);
        const auto last_after = [&](std::string seen, int task) -> awaitable<std::string> {
            arguments a;
            a << 100 << 1000 << "node" << "" << seen;
            ended(a, entries[static_cast<std::size_t>(task - 1)], true, 1, "<valuation/>", task);
            const auto answer = co_await run_script(scripts::finish_tasks, std::move(a));
            co_return answer.items().at(0).string();
        };
        const auto end_of_stream = [&]() -> awaitable<std::string> {
            const auto r = co_await say({"XREVRANGE", "stream:task:updates", "+", "-", "COUNT", "1"});
            co_return r.items().at(0).items().at(0).string();
        };
        const auto first = co_await last_after("0-0", 1);
        BOOST_TEST(first == co_await end_of_stream());
        // Again: nothing is written.
        BOOST_TEST(co_await last_after(first, 1) == first);
        BOOST_TEST(co_await last_after("", 2) == "");
        // Somebody, here for the second task, has written in between.
        BOOST_TEST(co_await last_after(first, 3) == "");
        co_await say({"SET", "stream:task:updates", "no stream"});
        BOOST_TEST(co_await last_after(first, 3) == "");
    });
}

// Redis may have lost the end of a part with its last second, after whoever stored it was told that it is there.
BOOST_AUTO_TEST_CASE(a_part_that_is_not_whole_is_none)
{
    with_redis([&]() -> awaitable<void> {
        co_await say({"SET", "vn:part:payload:7", "<vnml/"});
        BOOST_TEST(co_await submit({}, "f", id, 100, "vn:part:payload:7") == "no-payload " + id);
        BOOST_TEST(co_await length("stream:request:ingest") == 0);
        co_await say({"APPEND", "vn:part:payload:7", ">"});
        BOOST_TEST(co_await submit({}, "f", id, 100, "vn:part:payload:7") == "accepted " + id);
        BOOST_TEST((co_await say({"GET", redis::keys::request(id, "xml")})).text() == "<vnml/>");
        BOOST_TEST((co_await say({"TTL", redis::keys::request(id, "xml")})).number() > 0);

        const auto now = co_await take("vn-a");
        co_await start_group(now, 2);
        const auto send_both = [&]() -> awaitable<std::string> {
            arguments a;
            a << id << now << 0 << "G" << 100 << "" << "" << "";
            a << 1 << 1 << "bond" << "" << "<task/>" << 2 << 1 << "bond" << "" << "vn:part:task:7";
            auto r = co_await client.run(scripts::dispatch, a);
            co_return r ? r->items()[0].string() + " " + r->items()[1].string() : "refused";
        };
        co_await say({"SET", "vn:part:task:7", "<task"});
        BOOST_TEST(co_await send_both() == "refused");
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        co_await say({"SET", "vn:part:task:7", "<large>"});
        BOOST_TEST(co_await send_both() == "sent sent");
        BOOST_TEST((co_await say({"GET", redis::keys::task(id, 0, 1, "xml")})).text() == "<task/>");
        BOOST_TEST((co_await say({"GET", redis::keys::task(id, 0, 2, "xml")})).text() == "<large>");

        const auto entry = co_await read_task("vn-node");
        co_await say({"SET", "vn:part:result:8", "<large>"});
        BOOST_TEST(co_await finish(entry, true, 1, "vn:part:result:8") == "unstored");
        BOOST_TEST(co_await length("stream:task:updates") == 0);
        BOOST_TEST((co_await say({"EXISTS", redis::keys::task(id, 0, 1, "result")})).number() == 0);
        co_await say({"SET", "vn:part:result:8", "<larger>"});
        BOOST_TEST(co_await finish(entry, true, 1, "vn:part:result:8") == "counted");
        BOOST_TEST((co_await say({"GET", redis::keys::task(id, 0, 1, "result")})).text() == "<larger>");
    });
}

BOOST_AUTO_TEST_CASE(an_attempt_of_an_ended_request_leaves_nothing)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        co_await say({"HSET", redis::keys::state(id), "status", "cancelled"});
        co_await say({"SET", "vn:part:result:8", "<larger>"});
        BOOST_TEST(co_await finish(entry, true, 1, "vn:part:result:8") == "dropped");
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        BOOST_TEST((co_await say({"EXISTS", "vn:part:result:8", redis::keys::task(id, 0, 1, "xml")})).number() == 0);
        BOOST_TEST(co_await finish(entry, false) == "dropped");
        BOOST_TEST(co_await length("stream:task:updates") == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_result_without_its_update_is_none)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto now = co_await take("vn-a");
        co_await start_group(now, 2);
        const auto entries = co_await hand_out(now, 2);
        co_await say({"SET", "stream:task:updates", "no stream"});
        co_await say({"SET", "vn:part:here:8", "<large/>"});
        const auto finish_both = [&]() {
            arguments a;
            a << 100 << 1000 << "node" << "" << "";
            ended(a, entries[0], true);
            ended(a, entries[1], true, 1, "vn:part:here:8", 2);
            return words_of(std::move(a));
        };
        for (const auto& w : co_await finish_both())
            BOOST_TEST(w == "refused");
        const std::string of_task = "cache:task:" + id + ":0:";
        BOOST_TEST((co_await say({"EXISTS", of_task + "1:result", of_task + "2:result"})).number() == 0);
        co_await say({"DEL", "stream:task:updates"});
        for (const auto& w : co_await finish_both())
            BOOST_TEST(w == "counted");
        BOOST_TEST((co_await say({"GET", of_task + "2:result"})).text() == "<large/>");
        BOOST_TEST((co_await say({"XLEN", "stream:task:updates"})).number() == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_recorded_once_with_its_update)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        BOOST_TEST(co_await finish(entry, false) == "recorded");
        BOOST_TEST(co_await finish(entry, false) == "duplicate");
        BOOST_TEST(co_await length("stream:task:updates") == 1);
        BOOST_TEST(co_await inspect() == "failed");
    });
}

BOOST_AUTO_TEST_CASE(a_late_end_leaves_the_payload_of_the_next_attempt_alone)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        BOOST_TEST(co_await dispatch(epoch, 2) == "sent");
        co_await finish(entry, false);
        BOOST_TEST((co_await say({"EXISTS", redis::keys::task(id, 0, 1, "xml")})).number() == 1);
        const auto second = co_await read_task("vn-a");
        BOOST_TEST(co_await finish(second, true, 2) == "counted");
        BOOST_TEST((co_await say({"EXISTS", redis::keys::task(id, 0, 1, "xml")})).number() == 0);
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_a_task_of_an_ended_request_leaves_nothing)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        BOOST_TEST(co_await end(epoch, "failed") == 1);
        BOOST_TEST(co_await finish(entry, true) == "dropped");
        BOOST_TEST((co_await say({"EXISTS", redis::keys::task(id, 0, 1, "result")})).number() == 0);
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
    });
}

BOOST_AUTO_TEST_CASE(the_truth_about_a_task)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        co_await take("vn-a");
        co_await start_group(epoch);
        BOOST_TEST(co_await inspect() == "new");
        co_await dispatch(epoch);
        BOOST_TEST(co_await inspect() == "waiting");
        auto entry = co_await read_task("vn-a");
        BOOST_TEST(co_await inspect() == "running");
        // Acknowledged without a word, as a foreign worker may do: lost.
        co_await say({"XACK", "stream:task:dispatch", "task-workers", entry});
        BOOST_TEST(co_await inspect() == "lost");
        co_await dispatch(epoch, 1, "yes");
        entry = co_await read_task("somebody");
        BOOST_TEST(co_await inspect(1'000'000) == "running");
        BOOST_TEST(co_await inspect(0) == "overdue");
        // Trimmed away.
        co_await say({"XTRIM", "stream:task:dispatch", "MAXLEN", "0"});
        BOOST_TEST(co_await inspect() == "lost");
    });
}

BOOST_AUTO_TEST_CASE(an_end_that_is_said_twice_leaves_the_document_of_the_next_attempt)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        BOOST_TEST(co_await finish(entry, false) == "recorded");
        // The owner has heard of it, and stores what the next attempt gets before it sends it.
        const auto document = redis::keys::task(id, 0, 1, "xml");
        co_await say({"SET", document, "<large/>", "EX", "100"});
        BOOST_TEST(co_await finish(entry, false) == "duplicate");
        BOOST_TEST((co_await say({"GET", document})).root().text() == "<large/>");
    });
}

BOOST_AUTO_TEST_CASE(what_is_handed_back_is_claimed_at_once_and_not_counted)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker("vn-a");
        arguments back;
        back << "stream:task:dispatch" << "task-workers" << "vn-a" << 3'600'000 << entry;
        co_await run_script(scripts::hand_back, std::move(back));
        arguments claim;
        claim << "vn-b" << 10'000 << 60'000 << 10;
        const auto r = co_await run_script(scripts::claim_tasks, std::move(claim));
        BOOST_TEST_REQUIRE(r.items().size() == 1u);
        BOOST_TEST(r.items()[0].items().at(0).text() == entry);
        BOOST_TEST(r.items()[0].items().at(1).number() == 1);
    });
}

BOOST_AUTO_TEST_CASE(nobody_is_taken_for_dead_until_redis_was_there_for_a_lease)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        const auto entry = co_await task_with_worker("vn-a");
        co_await say({"XCLAIM", "stream:task:dispatch", "task-workers", "vn-a", "0", entry, "IDLE", "20000", "JUSTID"});
        const auto alive = [&](const char* node) -> awaitable<void> {
            arguments a;
            a << node << 10'000;
            co_await run_script(scripts::heard_of, std::move(a));
        };
        const auto claim = [&]() -> awaitable<std::size_t> {
            arguments a;
            a << "vn-b" << 10'000 << 60'000 << 10;
            co_return (co_await run_script(scripts::claim_tasks, std::move(a))).items().size();
        };
        // Not heard of before; then for too short a time; then with a gap.
        for (const char* node : {"node", "b"})
        {
            co_await say({"DEL", std::string("vn:calm:") + node});
            co_await alive(node);
        }
        BOOST_TEST(co_await claim() == 0u);
        BOOST_TEST(co_await take("vn-b") == "");
        co_await heard_of("b", 9);
        co_await alive("b");
        BOOST_TEST(co_await claim() == 0u);
        co_await heard_of("b", 20);
        co_await say({"PEXPIRE", "vn:calm:b", "23000"});
        BOOST_TEST(co_await claim() == 0u);
        co_await alive("b");
        BOOST_TEST(co_await claim() == 0u);

        co_await heard_of("b", 20);
        co_await alive("b");
        BOOST_TEST(co_await claim() == 1u);
        co_await heard_of("node", 20);
        BOOST_TEST(co_await take("vn-b") != "");
    });
}

BOOST_AUTO_TEST_CASE(what_is_passed_on_is_left_to_others_for_a_lease)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker("vn-a");
        const auto pass_on = [&](int ago) -> awaitable<void> {
            arguments back;
            back << "stream:task:dispatch" << "task-workers" << "vn-a" << 7'200'000 + ago << entry;
            co_await run_script(scripts::hand_back, std::move(back));
        };
        const auto claim = [&](const char* by) -> awaitable<std::size_t> {
            arguments a;
            a << by << 10'000 << 60'000 << 10;
            co_return (co_await run_script(scripts::claim_tasks, std::move(a))).items().size();
        };
        co_await pass_on(0);
        BOOST_TEST(co_await claim("vn-a") == 0u);
        co_await pass_on(10'000);
        BOOST_TEST(co_await claim("vn-a") == 1u);
        co_await pass_on(0);
        BOOST_TEST(co_await claim("vn-b") == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_worker_without_heartbeat_has_the_time_of_a_task)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker("somebody");
        co_await say(
            {"XCLAIM", "stream:task:dispatch", "task-workers", "somebody", "0", entry, "IDLE", "20000", "JUSTID"});
        const auto claim = [&](int foreign) -> awaitable<std::size_t> {
            arguments a;
            a << "vn-b" << 10'000 << foreign << 10;
            co_return (co_await run_script(scripts::claim_tasks, std::move(a))).items().size();
        };
        BOOST_TEST(co_await claim(60'000) == 0u);
        BOOST_TEST(co_await claim(15'000) == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_parked_task_leaves_its_entry_its_reason_and_a_failure)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        arguments a;
        a << entry << id << 0 << 1 << 1 << "poison" << 11 << "now" << "node" << 1000 << 1000 << "{}";
        co_await run_script(scripts::park_task, std::move(a));
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        BOOST_TEST(co_await inspect() == "failed");
        const auto dead = co_await say({"XRANGE", "stream:task:dead", "-", "+"});
        const auto entries = redis::entries_of(dead.root());
        BOOST_TEST_REQUIRE(entries.size() == 1u);
        BOOST_TEST(entries[0]["reason"] == "poison");
        BOOST_TEST(entries[0]["taskId"] == "1");
    });
}

BOOST_AUTO_TEST_CASE(cleaning_keeps_what_is_pending_or_undelivered)
{
    with_redis([&]() -> awaitable<void> {
        co_await submit();
        co_await take("vn-a");
        co_await start_group(epoch, 3);
        for (int t = 1; t <= 3; ++t)
            co_await dispatch(epoch, 1, {}, t);
        const auto first = co_await read_task("somebody");
        co_await read_task("somebody");
        co_await say({"XACK", "stream:task:dispatch", "task-workers", first});
        const auto clean = [&]() -> awaitable<void> {
            arguments a;
            a << 60'000;
            co_await run_script(scripts::clean_streams, std::move(a));
        };
        co_await clean();
        BOOST_TEST(co_await length("stream:task:dispatch") == 2);
        co_await clean();
        BOOST_TEST(co_await length("stream:task:dispatch") == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_request_ends_once_and_every_key_has_a_bound)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        co_await finish(entry, true);
        BOOST_TEST(co_await end(epoch) == 1);
        BOOST_TEST(co_await end(epoch) == 0);
        BOOST_TEST(co_await length("stream:request:ingest") == 0);
        const auto events = co_await say({"XRANGE", "stream:request:lifecycle", "-", "+"});
        std::vector<std::string> told;
        for (const auto& e : redis::entries_of(events.root()))
            told.emplace_back(e["status"]);
        const std::vector<std::string> wanted{"received", "started", "group_started", "group_completed", "succeeded"};
        BOOST_TEST(told == wanted, boost::test_tools::per_element());

        const auto all = co_await say({"KEYS", "*"});
        for (const auto& key : all.items())
            if (!key.text().starts_with("stream:"))
                BOOST_TEST((co_await say({"TTL", key.text()})).number() > 0, key.text() << " has no TTL");
        BOOST_TEST((co_await say({"GET", redis::keys::request(id, "response")})).text() == "<vnml/>");
    });
}

// That Redis's clock finds it over, while the time that the node gave is a little older, or wrong.
BOOST_AUTO_TEST_CASE(the_end_of_a_request_is_not_written_as_before_its_deadline)
{
    with_redis([&]() -> awaitable<void> {
        const std::string deadline = "2026-01-31T12:00:00.500Z";
        const std::pair<std::string, std::string> ends[] = {{"2026-01-31T12:00:00.499Z", deadline},
                                                            {"2026-01-31T12:00:00.501Z", "2026-01-31T12:00:00.501Z"}};
        for (const auto& [now, written] : ends)
        {
            co_await submit();
            co_await say({"HSET", redis::keys::state(id), "deadline", deadline});
            co_await say({"ZADD", "vn:deadlines", "1", id});
            const auto r = co_await run_script(scripts::expire_requests,
                                               arguments() << now << 100 << "1000 1000 100" << 10 << 2000);
            BOOST_TEST(r.items().size() == 1u);
            BOOST_TEST((co_await say({"HGET", redis::keys::state(id), "completedAt"})).text() == written);
            co_await say({"DEL", redis::keys::state(id)});
        }
    });
}

BOOST_AUTO_TEST_CASE(a_cancel_that_is_said_twice_is_one_and_nobody_else_gets_it)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        BOOST_TEST(co_await cancel("1") == "cancelled cancelled");
        BOOST_TEST(co_await cancel("1") == "cancelled cancelled");
        BOOST_TEST(co_await cancel("2") == "ended cancelled");
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        BOOST_TEST(co_await length("stream:request:ingest") == 0);
        BOOST_TEST(co_await length("vn:audit") == 1);
        // Owner and worker come too late.
        BOOST_TEST(co_await end(epoch) == 0);
        BOOST_TEST(co_await dispatch(epoch, 2) == "lost");
        BOOST_TEST(co_await finish(entry, true) == "dropped");
        BOOST_TEST((co_await say({"EXISTS", redis::keys::task(id, 0, 1, "result")})).number() == 0);
        BOOST_TEST(co_await take("vn-b") == "");
    });
}

BOOST_AUTO_TEST_CASE(a_retry_that_is_said_twice_is_one_and_attempts_of_before_do_not_count)
{
    with_redis([&]() -> awaitable<void> {
        const auto before = co_await task_with_worker();
        BOOST_TEST(co_await retry("1") == "not-failed running");
        BOOST_TEST(co_await end(epoch, "failed") == 1);
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
        BOOST_TEST(co_await retry("2") == "accepted received");
        BOOST_TEST(co_await retry("2") == "accepted received");
        BOOST_TEST(co_await retry("3") == "not-failed received");
        BOOST_TEST(co_await length("stream:request:ingest") == 1);
        BOOST_TEST(co_await length("vn:audit") == 1);
        BOOST_TEST((co_await say({"HGET", redis::keys::state(id), "retryCount"})).text() == "1");

        // A worker that was told too late fails an attempt of before, and then one brings a result.
        BOOST_TEST(co_await finish(before, false, 3) == "duplicate");
        BOOST_TEST(co_await inspect() == "new");
        BOOST_TEST(co_await take("vn-b") != "");
        BOOST_TEST(co_await retry("2") == "accepted received");
        BOOST_TEST(co_await dispatch(epoch) == "sent");
        BOOST_TEST(co_await finish(before, false, 3) == "duplicate");
        BOOST_TEST(co_await inspect() == "waiting");
        BOOST_TEST(co_await length("stream:task:updates") == 0);
        BOOST_TEST(co_await finish(before, true) == "counted");
    });
}

BOOST_AUTO_TEST_CASE(a_worker_gives_up_a_task_only_while_its_request_has_ended)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        arguments a;
        a << "vn-a" << entry << id;
        BOOST_TEST((co_await run_script(scripts::drop_task, a)).number() == 0);
        BOOST_TEST(co_await pending("stream:task:dispatch", "task-workers") == 1);
        co_await say({"HSET", redis::keys::state(id), "status", "failed"});
        BOOST_TEST((co_await run_script(scripts::drop_task, a)).number() == 1);
        BOOST_TEST(co_await length("stream:task:dispatch") == 0);
    });
}

BOOST_AUTO_TEST_CASE(what_is_given_back_or_dropped_twice_is_once)
{
    with_redis([&]() -> awaitable<void> {
        co_await task_with_worker();
        co_await say({"DEL", "stream:task:dispatch"});
        const auto task = [&]() -> awaitable<std::string> {
            const auto r =
                co_await say({"XADD", "stream:task:dead", "*", "requestId", id, "groupIdx", "0", "taskId", "1",
                              "attempt", "1", "reason", "poison", "deliveries", "3", "at", "now", "node", "n"});
            co_return r.root().string();
        };
        arguments again;
        again << co_await task() << 1000;
        BOOST_TEST(co_await by_hand(scripts::requeue_task, again, "1") == "requeued " + id);
        BOOST_TEST(co_await by_hand(scripts::requeue_task, again, "1") == "requeued ");
        BOOST_TEST(co_await by_hand(scripts::requeue_task, again, "2") == "gone ");
        BOOST_TEST(co_await length("stream:task:dispatch") == 1);
        arguments drop;
        drop << "task" << co_await task();
        BOOST_TEST(co_await by_hand(scripts::drop_dead, drop, "3") == "dropped " + id);
        BOOST_TEST(co_await by_hand(scripts::drop_dead, drop, "3") == "dropped ");
        BOOST_TEST(co_await by_hand(scripts::drop_dead, drop, "4") == "gone ");
        BOOST_TEST(co_await length("vn:audit") == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_full_redis_takes_no_request_but_lets_running_work_end)
{
    with_redis([&]() -> awaitable<void> {
        const auto entry = co_await task_with_worker();
        co_await say({"CONFIG", "SET", "maxmemory", "1"});
        arguments a;
        a << "11234567-89ab-7def-8123-456789abcdef" << "<vnml/>" << "now" << 100 << "" << "" << 200 << 150 << 100
          << 1000 << 1 << "user";
        const auto refused = co_await client.run(scripts::submit, a);
        BOOST_TEST_REQUIRE(refused.has_error());
        BOOST_TEST(redis::is_full(refused.error()));
        BOOST_TEST(co_await finish(entry, true) == "counted");
        BOOST_TEST(co_await end(epoch) == 1);
    });
}

BOOST_AUTO_TEST_CASE(values_of_any_size_come_back_and_large_ones_take_the_other_connection)
{
    with_redis([&]() -> awaitable<void> {
        const std::string large(3 << 20, 'x');
        co_await say({"SET", "cache:large", large, "EX", "60"});
        co_await say({"SET", "cache:small", "s", "EX", "60"});
        const auto r = co_await client.get_all({"cache:large", "cache:none", "cache:small"});
        BOOST_TEST_REQUIRE(r.has_value());
        BOOST_TEST((r->at(0) == large));
        BOOST_TEST(!r->at(1).has_value());
        BOOST_TEST(r->at(2).value() == "s");
    });
}

// While it is made anew, submissions would be refused and every step would wait.
BOOST_AUTO_TEST_CASE(the_connection_for_commands_stays_however_much_it_carries)
{
    with_redis([&]() -> awaitable<void> {
        const auto before = client.generation();
        const std::string large(2 << 20, 'x');
        co_await say({"SET", "cache:large", large, "EX", "60"});
        co_await say({"GET", "cache:large"});
        co_await pause_for(std::chrono::milliseconds(50));
        const auto r = co_await client.run(scripts::hand_back, arguments() << "s" << "g" << "c" << 3'600'000, true);
        BOOST_TEST(r.has_value());
        BOOST_TEST(client.generation() == before);
    });
}

BOOST_AUTO_TEST_CASE(the_connection_comes_back_after_redis_does)
{
    with_redis([&]() -> awaitable<void> {
        co_await say({"SET", "cache:a", "1", "EX", "60"});
        server.stop();
        const auto refused =
            co_await client.run(scripts::hand_back, arguments() << "s" << "g" << "c" << 3'600'000, true);
        BOOST_TEST_REQUIRE(refused.has_error());
        server.start();
        const auto r = co_await say({"ECHO", "again"});
        BOOST_TEST(r.text() == "again");
    });
}

BOOST_AUTO_TEST_SUITE_END()
