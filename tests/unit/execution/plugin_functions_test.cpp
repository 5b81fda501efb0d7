#include "execution/plugin_functions.hpp"

#include "domain/function_calls.hpp"
#include "support/io_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

namespace {

using namespace vn;
using namespace std::chrono_literals;
using answer = result<std::string, failure>;

// Offers `join` and the scheme `mem`. While its gate is closed calls wait there.
class scripted_runner final : public plugin_runner
{
public:
    scripted_runner(asio::any_io_executor ex, std::string name) : gate(ex), name_(std::move(name))
    {
        gate.set();
        description_.name = name_;
        description_.functions = {
            {"join", "", "text", {{"first", "", "number"}, {"rest", "", "text", true, true}}},
            {"today", "", "text", {}},
            {"odd", "", "matrix", {}},
            {"fails", "", "text", {}},
        };
        description_.schemes = {"mem", "file"};
    }

    event gate;
    std::string refuses; // with this code
    std::size_t waiting = 0;
    std::size_t calls = 0;

    const plugin_description& description() const override { return description_; }
    awaitable<task_outcome> run(task_input) override { co_return task_outcome{}; }
    awaitable<answer> call_function(std::string name, std::vector<std::string> arguments,
                                    std::chrono::milliseconds) override
    {
        ++calls;
        ++waiting;
        struct leaving
        {
            std::size_t& n;
            ~leaving() { --n; }
        } const left{waiting};
        co_await gate.wait();
        if (!refuses.empty())
            co_return failure{.code = refuses, .message = "refused by " + name_};
        if (name == "fails")
            co_return failure{.code = "plugin-failed", .message = "no luck"};
        std::string out = name_ + ":" + name;
        for (const auto& a : arguments)
            out += "," + a;
        co_return out;
    }
    awaitable<answer> fetch(std::string uri, std::chrono::milliseconds limit) override
    {
        co_return co_await call_function(uri, {}, limit);
    }
    void drain() override {}
    bool is_done() const override { return true; }
    plugin_counts counts() const override { return {}; }
    std::string unhealthy() const override { return {}; }

private:
    std::string name_;
    plugin_description description_;
};

struct bridge_fixture : test::io_fixture
{
    hydration_functions functions;
    document_fetchers fetchers;
    outside_values outside;
    hydration_limits limits;
    std::optional<task_group> group;
    std::optional<plugin_functions> bridge;
    std::shared_ptr<scripted_runner> one = std::make_shared<scripted_runner>(ctx.get_executor(), "one");
    std::shared_ptr<scripted_runner> two = std::make_shared<scripted_runner>(ctx.get_executor(), "two");
    asio::thread_pool pool{2};

    void open(std::chrono::milliseconds limit = 10s)
    {
        group.emplace(ctx.get_executor(), [](std::exception_ptr) { BOOST_ERROR("a call ended with an exception"); });
        bridge.emplace(ctx.get_executor(), *group, functions, fetchers, limit);
    }

    // As hydration does on its own thread.
    awaitable<answer> call(std::string name, std::vector<std::string> arguments)
    {
        co_return co_await on_pool(pool, [&]() -> answer {
            function_calls calls(functions, outside, limits);
            const auto* f = calls.find(name);
            return f ? calls.call(*f, arguments) : answer(failure{"none", "none"});
        });
    }

    awaitable<answer> fetch(std::string uri)
    {
        co_return co_await on_pool(pool, [&] { return fetchers.blocking_fetch(uri); });
    }

    awaitable<void> finish()
    {
        bridge->close();
        group->close();
        group->cancel(asio::cancellation_type::terminal);
        co_await group->join();
        bridge.reset();
        group.reset();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(functions_of_plugins, bridge_fixture)

BOOST_AUTO_TEST_CASE(come_and_go)
{
    run([&]() -> awaitable<void> {
        open();
        auto got = co_await call("join", {"1"});
        BOOST_TEST(got.error().code == "none");

        bridge->offer({one, two});
        got = co_await call("join", {" 1 ", "a", "b"});
        BOOST_TEST(got.value() == "one:join,1,a,b");
        got = co_await call("join", {"x"});
        BOOST_TEST(got.error().message == "Custom function 'join': argument 'first' must be a number (got 'x').");
        BOOST_TEST(one->calls == 1u);
        got = co_await call("fails", {});
        BOOST_TEST(got.error().code == "function-failed");
        BOOST_TEST(got.error().message == "Custom function 'fails' failed: no luck.");
        // Not ours to replace, and not ours to understand.
        got = co_await call("today", {});
        BOOST_TEST(got.error().message == "Custom function 'today' failed: there is no clock here.");
        got = co_await call("odd", {});
        BOOST_TEST(got.error().code == "none");

        bridge->offer({two});
        got = co_await call("join", {"1"});
        BOOST_TEST(got.value() == "two:join,1");
        bridge->offer({});
        got = co_await call("join", {"1"});
        BOOST_TEST(got.error().code == "none");
        co_await finish();
    });
}

BOOST_AUTO_TEST_CASE(a_call_that_meets_a_draining_version_goes_to_the_next)
{
    run([&]() -> awaitable<void> {
        open();
        bridge->offer({one});
        const auto table = functions.current();
        bridge->offer({two});
        one->refuses = "plugin-unavailable";
        const auto old_call = [&]() -> answer {
            std::chrono::microseconds spent{0};
            return table->at("join")->blocking_call({"1"}, spent);
        };
        auto got = co_await on_pool(pool, old_call);
        BOOST_TEST(got.value() == "two:join,1");
        // Other failures are its last word.
        one->refuses = "plugin-failed";
        got = co_await on_pool(pool, old_call);
        BOOST_TEST(got.error().message == "refused by one");
        bridge->offer({});
        one->refuses = "plugin-unavailable";
        got = co_await on_pool(pool, old_call);
        BOOST_TEST(got.error().code == "plugin-unavailable");
        co_await finish();
    });
}

BOOST_AUTO_TEST_CASE(schemes_are_theirs_but_for_those_that_are_taken)
{
    struct own_files final : document_fetcher
    {
        answer blocking_fetch(const std::string&) const override { return std::string("own"); }
    } const files;
    fetchers.add("file", files);
    run([&]() -> awaitable<void> {
        open();
        auto got = co_await fetch("mem:a");
        BOOST_TEST(got.error().code == "no-fetcher");
        bridge->offer({one});
        got = co_await fetch("mem:a");
        BOOST_TEST(got.value() == "one:mem:a");
        got = co_await fetch("file:a");
        BOOST_TEST(got.value() == "own");
        got = co_await fetch("a");
        BOOST_TEST(got.value() == "own");
        const std::pair<const char*, const char*> codes[] = {{"document-missing", "document-missing"},
                                                             {"plugin-deadline", "document-timeout"},
                                                             {"plugin-output-too-large", "document-too-large"},
                                                             {"plugin-crashed", "document-unavailable"},
                                                             {"plugin-unavailable", "document-unavailable"}};
        for (const auto& [code, expected] : codes)
        {
            one->refuses = code;
            got = co_await fetch("mem:a");
            BOOST_TEST(got.error().code == expected);
        }
        co_await finish();
    });
}

BOOST_AUTO_TEST_CASE(a_call_that_takes_too_long_is_given_up)
{
    one->gate = event(ctx.get_executor());
    run([&]() -> awaitable<void> {
        open(1ms);
        bridge->offer({one});
        auto got = co_await call("join", {"1"});
        BOOST_TEST(got.error().message == "Custom function 'join' failed: the plugin did not answer in time.");
        co_await test::until([&] { return one->waiting == 0; });
        co_await finish();
    });
}

BOOST_AUTO_TEST_CASE(closing_answers_whoever_waits)
{
    one->gate = event(ctx.get_executor());
    run([&]() -> awaitable<void> {
        open();
        bridge->offer({one});
        std::atomic<int> ended = 0;
        for (int i = 0; i < 2; ++i)
            asio::post(pool, [&] {
                std::chrono::microseconds spent{0};
                const auto got = functions.current()->at("join")->blocking_call({"1"}, spent);
                if (!got && got.error().code == "plugin-unavailable")
                    ++ended;
            });
        co_await test::until([&] { return one->waiting == 2; });
        bridge->close();
        co_await test::until([&] { return ended == 2; });
        auto got = co_await call("join", {"1"});
        BOOST_TEST(got.error().message == "Custom function 'join' failed: the server is stopping.");
        BOOST_TEST(one->calls == 2u);
        co_await finish();
        BOOST_TEST(one->waiting == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_group_that_is_cancelled_answers_as_well)
{
    one->gate = event(ctx.get_executor());
    run([&]() -> awaitable<void> {
        open();
        bridge->offer({one});
        std::atomic<bool> ended = false;
        asio::post(pool, [&] {
            std::chrono::microseconds spent{0};
            // With what does not matter: a runner may still have had an answer.
            static_cast<void>(functions.current()->at("join")->blocking_call({"1"}, spent));
            ended = true;
        });
        co_await test::until([&] { return one->waiting == 1; });
        group->close();
        group->cancel(asio::cancellation_type::terminal);
        co_await test::until([&] { return ended.load(); });
        auto got = co_await call("join", {"1"});
        BOOST_TEST(got.error().message == "Custom function 'join' failed: the server is stopping.");
        co_await finish();
    });
}

BOOST_AUTO_TEST_CASE(the_thread_that_would_have_to_answer_is_refused)
{
    run([&]() -> awaitable<void> {
        open();
        bridge->offer({one});
        std::chrono::microseconds spent{0};
        const auto got = functions.current()->at("join")->blocking_call({"1"}, spent);
        BOOST_TEST(got.error().message == "plugins cannot be called from here");
        co_await finish();
    });
}

BOOST_AUTO_TEST_SUITE_END()
