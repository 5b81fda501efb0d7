// Order, overflow and replay of events, without Redis: listeners, the channel they share, and who catches up alone.
#include "engine/event_channel.hpp"
#include "engine/event_replay.hpp"

#include "support/io_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

namespace {

constexpr std::uint64_t epoch = 5;

shared_event ours(std::uint64_t offset, std::string type = "node_completed", std::string run = "r")
{
    const auto n = std::to_string(offset);
    return read_event(R"({"epoch":5,"id":")" + n + "-" + n + R"(","offset":)" + n + R"(,"run_id":")" + run +
                          R"(","type":")" + type + R"("})",
                      true);
}

shared_event foreign(std::string text)
{
    return read_event(text, true);
}

kept_events kept(std::vector<std::uint64_t> offsets, std::uint64_t end, bool is_whole = true)
{
    kept_events k{.is_whole = is_whole, .events = {}, .end = {epoch, end}};
    for (const auto offset : offsets)
        k.events.push_back(ours(offset));
    return k;
}

struct fixture : test::io_fixture
{
    raised_alerts alerts{ctx.get_executor()};
    event_counts counts;
    event_channel channel;
    std::vector<event_listener*> crowded;

    std::unique_ptr<event_listener> listener(event_queue_limits limits = {}, event_filter filter = {})
    {
        return std::make_unique<event_listener>(alerts, limits, std::move(filter), counts);
    }

    void publish(const shared_event& m) { channel.published(m, crowded); }

    void go_live(std::uint64_t at = 0)
    {
        channel.start_at({epoch, at});
        BOOST_TEST(channel.confirmed());
        BOOST_TEST(channel.caught(kept({}, at), crowded, counts));
    }

    // Offsets of ours, texts of others, what notices say.
    static std::string taken(event_listener& l)
    {
        std::string all;
        while (const auto m = l.take())
        {
            all += all.empty() ? "" : " ";
            if (m->is_ours())
                all += std::to_string(m->position.offset);
            else if (m->type == "recovered")
                all += (m->text.find("true") != m->text.npos ? "yes@" : "no@") + std::to_string(m->position.offset);
            else if (m->type == "dropped")
                all += "dropped" + m->text.substr(8, m->text.find(',') - 8);
            else
                all += m->text;
        }
        return all;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(event_channels)

BOOST_AUTO_TEST_CASE(knows_an_event_of_ours_by_its_position)
{
    const struct
    {
        const char* name;
        const char* text;
        bool is_ours;
        const char* type;
    } cases[] = {
        {"ours", R"({"epoch":1,"id":"2-3","offset":2,"run_id":"r","type":"t"})", true, "t"},
        {"another's", R"({"run_id":"r","type":"t"})", false, "t"},
        {"id of another offset", R"({"epoch":1,"id":"4-3","offset":2,"type":"t"})", false, "t"},
        {"no number in the id", R"({"epoch":1,"id":"2-x","offset":2,"type":"t"})", false, "t"},
        {"offset as text", R"({"epoch":1,"id":"2-3","offset":"2","type":"t"})", false, "t"},
        {"negative", R"({"epoch":-1,"id":"2-3","offset":2,"type":"t"})", false, "t"},
        {"type that is no text", R"({"type":7})", false, ""},
        {"no JSON", "{ not", false, ""},
        {"no object", "[1]", false, ""},
        {"nothing", "", false, ""},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            const auto m = read_event(c.text, true);
            BOOST_TEST(m->is_ours() == c.is_ours);
            BOOST_TEST(m->type == c.type);
            BOOST_TEST(m->text == c.text);
        }
}

BOOST_FIXTURE_TEST_CASE(gives_messages_in_order_and_ours_once, fixture)
{
    const auto l = listener();
    channel.add(*l);
    go_live();
    for (const auto& m : {ours(1), foreign("a"), ours(2), ours(2), ours(1), foreign("a"), ours(4)})
        publish(m);
    BOOST_TEST(taken(*l) == "1 a 2 a 4");
    BOOST_TEST(l->is_empty());
    BOOST_TEST(counts.queued == 0u);
    BOOST_TEST(counts.queued_bytes == 0u);
}

BOOST_FIXTURE_TEST_CASE(filters_by_request_and_type, fixture)
{
    const auto by_run = listener({}, {.run_id = "x", .types = {}});
    const auto by_type = listener({}, {.run_id = {}, .types = {"a", "b"}});
    channel.add(*by_run);
    channel.add(*by_type);
    go_live();
    publish(ours(1, "a", "x"));
    publish(ours(2, "b", "y"));
    publish(ours(3, "workflow_failed", "x"));
    BOOST_TEST(by_run->at_end());
    publish(ours(4, "workflow_received", "x"));
    BOOST_TEST(!by_run->at_end());
    publish(foreign("none"));
    BOOST_TEST(taken(*by_run) == "1 3 4");
    BOOST_TEST(taken(*by_type) == "1 2");
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_sends_its_listener_away_and_nobody_else, fixture)
{
    const auto slow = listener({.messages = 3, .bytes = 1000, .drops_oldest = false});
    const auto other = listener();
    channel.add(*slow);
    channel.add(*other);
    go_live();
    for (std::uint64_t n = 1; n <= 5; ++n)
        publish(ours(n));
    BOOST_TEST(slow->is_too_slow());
    BOOST_TEST(!slow->take());
    BOOST_TEST(counts.too_slow == 1u);
    BOOST_TEST(taken(*other) == "1 2 3 4 5");
    BOOST_TEST(counts.queued == 0u);
}

BOOST_FIXTURE_TEST_CASE(drops_the_oldest_with_notice_by_count_and_by_bytes, fixture)
{
    const auto l = listener({.messages = 3, .bytes = 100, .drops_oldest = true});
    channel.add(*l);
    go_live();
    for (const char* text : {"a", "b", "c", "d", "e"})
        publish(foreign(text));
    BOOST_TEST(taken(*l) == "dropped:2 c d e");
    publish(foreign(std::string(60, 'x')));
    publish(foreign(std::string(50, 'y')));
    BOOST_TEST(taken(*l) == "dropped:1 " + std::string(50, 'y'));
    publish(foreign(std::string(101, 'z')));
    publish(foreign("f"));
    BOOST_TEST(taken(*l) == "dropped:1 f");
    BOOST_TEST(counts.dropped == 4u);
    BOOST_TEST(counts.queued_bytes == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_queue_that_is_never_empty_does_not_grow, fixture)
{
    const auto l = listener({.messages = 10, .bytes = 1000, .drops_oldest = false});
    channel.add(*l);
    go_live();
    publish(ours(1));
    for (std::uint64_t n = 2; n <= 10'000; ++n)
    {
        publish(ours(n));
        BOOST_TEST_REQUIRE(l->take()->position.offset == n - 1);
    }
    BOOST_TEST(counts.queued == 1u);
}

BOOST_FIXTURE_TEST_CASE(catches_up_after_an_interruption_without_hole_or_double, fixture)
{
    const auto l = listener();
    channel.add(*l);
    go_live();
    publish(ours(1));
    channel.interrupted();
    publish(ours(4));
    publish(foreign("live"));
    BOOST_TEST(channel.confirmed());
    BOOST_TEST(!channel.confirmed());
    publish(ours(5));
    BOOST_TEST(!channel.caught(kept({2, 3, 4}, 5), crowded, counts));
    publish(ours(6));
    BOOST_TEST(!channel.caught(kept({5, 6}, 6), crowded, counts));
    BOOST_TEST(channel.caught(kept({}, 6), crowded, counts));
    publish(ours(6));
    publish(ours(7));
    BOOST_TEST(taken(*l) == "1 live 2 3 4 5 6 yes@6 7");
    BOOST_TEST(counts.recovered == 1u);
}

BOOST_FIXTURE_TEST_CASE(tells_everybody_when_it_cannot_catch_up, fixture)
{
    const auto l = listener();
    channel.add(*l);
    go_live();
    publish(ours(1));
    channel.interrupted();
    BOOST_TEST(channel.confirmed());
    publish(ours(9));
    BOOST_TEST(channel.caught(kept({}, 7, false), crowded, counts));
    publish(ours(9));
    publish(ours(10));
    BOOST_TEST(taken(*l) == "1 no@9 10");
    BOOST_TEST(counts.not_recovered == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_came_live_and_is_not_kept_is_a_gap, fixture)
{
    const auto l = listener();
    channel.add(*l);
    channel.start_at({epoch, 1});
    channel.confirmed();
    publish(ours(3));
    BOOST_TEST(!channel.caught(kept({}, 1), crowded, counts));
    BOOST_TEST(channel.caught(kept({}, 1), crowded, counts));
    BOOST_TEST(taken(*l) == "no@3");
}

BOOST_FIXTURE_TEST_CASE(what_comes_live_before_the_answer_that_has_it_not_is_no_gap, fixture)
{
    const auto l = listener();
    channel.add(*l);
    channel.start_at({epoch, 1});
    channel.confirmed();
    publish(ours(3));
    BOOST_TEST(!channel.caught(kept({}, 1), crowded, counts)); // read before that came
    publish(ours(4));
    BOOST_TEST(!channel.caught(kept({}, 1), crowded, counts)); // the same again
    BOOST_TEST(!channel.caught(kept({3, 4}, 4), crowded, counts));
    BOOST_TEST(channel.caught(kept({}, 4), crowded, counts));
    BOOST_TEST(taken(*l) == "3 4");
    BOOST_TEST(counts.not_recovered == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_interruption_while_it_catches_up_begins_anew, fixture)
{
    const auto l = listener();
    channel.add(*l);
    go_live();
    channel.interrupted();
    BOOST_TEST(channel.confirmed());
    BOOST_TEST(!channel.caught(kept({1, 2}, 3), crowded, counts));
    channel.interrupted();
    BOOST_TEST(channel.caught(kept({3}, 3), crowded, counts)); // that reader stops
    BOOST_TEST(!channel.is_live());
    BOOST_TEST(channel.confirmed());
    BOOST_TEST(!channel.caught(kept({2, 3}, 3), crowded, counts));
    BOOST_TEST(channel.caught(kept({}, 3), crowded, counts));
    BOOST_TEST(taken(*l) == "1 2 3 yes@3");
}

BOOST_FIXTURE_TEST_CASE(who_catches_up_more_slowly_is_known, fixture)
{
    const auto slow = listener({.messages = 4, .bytes = 1000, .drops_oldest = false});
    const auto fast = listener();
    channel.add(*slow);
    channel.add(*fast);
    go_live(0);
    channel.interrupted();
    BOOST_TEST(channel.confirmed());
    BOOST_TEST(!channel.caught(kept({1, 2, 3}, 9), crowded, counts));
    BOOST_TEST((crowded == std::vector<event_listener*>{slow.get()}));
}

BOOST_FIXTURE_TEST_CASE(an_interruption_that_cost_nothing_of_ours_is_told_too, fixture)
{
    const auto all = listener();
    const auto one = listener({}, {.run_id = "x", .types = {}});
    channel.add(*all);
    channel.add(*one);
    channel.interrupted(); // before it was ever live: nobody has missed anything
    go_live(3);
    BOOST_TEST(taken(*all).empty());
    channel.interrupted();
    BOOST_TEST(channel.confirmed());
    publish(foreign("live"));
    BOOST_TEST(channel.caught(kept({}, 3), crowded, counts));
    BOOST_TEST(taken(*all) == "live yes@3");
    BOOST_TEST(taken(*one) == "yes@3");
    // Once for each interruption.
    BOOST_TEST(channel.confirmed());
    BOOST_TEST(channel.caught(kept({}, 3), crowded, counts));
    BOOST_TEST(all->is_empty());
}

BOOST_FIXTURE_TEST_CASE(after_an_interruption_nothing_at_all_is_no_proof_either, fixture)
{
    const auto l = listener();
    channel.add(*l);
    go_live(0);
    channel.interrupted();
    BOOST_TEST(channel.confirmed());
    BOOST_TEST(channel.caught(kept({}, 0), crowded, counts));
    BOOST_TEST(taken(*l) == "no@0");
}

BOOST_FIXTURE_TEST_CASE(nothing_is_confirmed_before_there_is_a_start, fixture)
{
    BOOST_TEST(!channel.confirmed());
    channel.start_at({});
    BOOST_TEST(channel.confirmed());
}

BOOST_FIXTURE_TEST_CASE(who_comes_back_joins_between_replay_and_live, fixture)
{
    const auto here = listener();
    const auto back = listener();
    channel.add(*here);
    go_live(3);
    back->is_behind = true;
    back->set_position({epoch, 1});
    channel.add(*back);
    event_replay replay({.after = {epoch, 1}});
    publish(ours(4));
    publish(foreign("live"));
    BOOST_TEST(!replay.give(kept({2, 3}, 4), channel, *back, counts));
    BOOST_TEST(replay.position().offset == 3u);
    publish(ours(5));
    BOOST_TEST(!replay.give(kept({4}, 5), channel, *back, counts));
    // Kept already, and on its way: it comes once.
    BOOST_TEST(!replay.give(kept({5, 6}, 6), channel, *back, counts));
    BOOST_TEST(replay.give(kept({}, 6), channel, *back, counts));
    publish(ours(6));
    publish(ours(7));
    BOOST_TEST(taken(*back) == "live 2 3 4 5 6 yes@6 7");
    BOOST_TEST(taken(*here) == "4 live 5 6 7");
    BOOST_TEST(counts.recovered == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_comes_back_waits_for_what_is_live_and_not_read_yet, fixture)
{
    const auto back = listener();
    go_live(1);
    back->is_behind = true;
    back->set_position({epoch, 1});
    channel.add(*back);
    event_replay replay({.after = {epoch, 1}});
    publish(ours(2));
    // This was read before that came.
    BOOST_TEST(!replay.give(kept({}, 1), channel, *back, counts));
    BOOST_TEST(!replay.give(kept({2}, 2), channel, *back, counts));
    BOOST_TEST(replay.give(kept({}, 2), channel, *back, counts));
    BOOST_TEST(taken(*back) == "2 yes@2");
}

BOOST_FIXTURE_TEST_CASE(who_cannot_come_back_goes_on_with_the_others, fixture)
{
    const auto back = listener();
    go_live(8);
    back->is_behind = true;
    channel.add(*back);
    event_replay replay({.after = {epoch, 1}});
    publish(ours(9));
    BOOST_TEST(replay.give(kept({}, 8, false), channel, *back, counts));
    publish(ours(10));
    BOOST_TEST(taken(*back) == "no@9 10");
}

BOOST_FIXTURE_TEST_CASE(a_start_at_nothing_is_no_proof_that_nothing_was_missed, fixture)
{
    const auto back = listener();
    go_live(0);
    back->is_behind = true;
    channel.add(*back);
    event_replay replay({.after = {}});
    BOOST_TEST(replay.give(kept({}, 0), channel, *back, counts));
    BOOST_TEST(taken(*back) == "no@0");
}

BOOST_FIXTURE_TEST_CASE(who_takes_part_gets_what_is_left, fixture)
{
    const auto back = listener();
    go_live(8);
    back->is_behind = true;
    channel.add(*back);
    event_replay replay({.after = {}, .takes_part = true});
    BOOST_TEST(!replay.give(kept({7, 8}, 8, false), channel, *back, counts));
    BOOST_TEST(replay.give(kept({}, 8), channel, *back, counts));
    BOOST_TEST(taken(*back) == "7 8 no@8");
}

BOOST_AUTO_TEST_SUITE_END()
