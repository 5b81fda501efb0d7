// Plugins in host processes: what they are asked and answer, and every way in which they end.
#include "core/task_group.hpp"

#include "unit/execution/plugin_fixture.hpp"

#include <boost/asio/cancel_after.hpp>

#include <fcntl.h>
#include <filesystem>
#include <set>

using namespace vn;
using namespace vn::test;

BOOST_FIXTURE_TEST_SUITE(host_runner, plugin_fixture)

BOOST_AUTO_TEST_CASE(values_tasks_calls_functions_and_fetches)
{
    start_host({{"colour", "blue"}});
    const auto outcome = outcome_of("none");
    BOOST_TEST_REQUIRE(!outcome.error, outcome.error->message);
    BOOST_TEST(has(outcome.result, "<amount>101.25</amount>"));
    BOOST_TEST(outcome.executor == "host");
    BOOST_TEST(outcome.plugin == "sins");

    BOOST_TEST(said("echo", {"a", "", "b\n", std::string("\0c", 2)}) == std::string("ab\n\0c", 5));
    BOOST_TEST(said("setting", {"colour"}) == "blue");
    BOOST_TEST(said("setting", {"size"}) == "");
    run([&]() -> awaitable<void> {
        const auto there = co_await runner->fetch("sin:there", 10s);
        BOOST_TEST((there && *there == "sin:there"));
        const auto none = co_await runner->fetch("sin:none", 10s);
        BOOST_TEST((!none && none.error().code == "document-missing"));
    });
    BOOST_TEST(runner->counts().hosts == 1u);
    BOOST_TEST(runner->counts().restarts == 0u);
}

BOOST_AUTO_TEST_CASE(statuses_become_codes)
{
    start_host();
    BOOST_TEST(said("fail", {"because"}) == "plugin-invalid: The plugin refuses the input: because");
    BOOST_TEST(said("fail", {std::string(10'000, 'x')}).size() < 5'000u);
    BOOST_TEST(has(said("nobody"), "plugin-invalid: "));
    BOOST_TEST(has(said("add", {"1"}), "does not take 1 arguments"));
    BOOST_TEST(has(said("add", {"1", "2", "3"}), "does not take 3 arguments"));
    BOOST_TEST(
        has(said("sin", {"throw_text"}), "plugin-failed: The plugin failed: An exception left the plugin: thrown"));
    BOOST_TEST(has(said("sin", {"throw_int"}), "plugin-failed: "));
    BOOST_TEST(said("sin", {"write_too_much"}) ==
               "plugin-output-too-large: The plugin gave back more than is allowed.");
    BOOST_TEST(said("sin", {"write_null"}) == "");
    BOOST_TEST(has(said("echo", {"still"}), "still"));
    BOOST_TEST(runner->counts().restarts == 0u);
    BOOST_TEST(runner->counts().failures == 8u);
}

BOOST_AUTO_TEST_CASE(outputs_that_are_no_results_are_refused)
{
    start_host();
    for (const char* sin : {"wrong_output", "empty_output"})
    {
        const auto outcome = outcome_of(sin);
        BOOST_TEST_REQUIRE(outcome.error.has_value());
        BOOST_TEST(outcome.retryable);
        BOOST_TEST(outcome.result.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_process_that_ends_costs_its_call_and_says_how)
{
    settings.memory_bytes = 4ull << 30;
    start_host();
    const std::pair<const char*, const char*> cases[] = {
        {"null_pointer", "was ended by SIGSEGV"},
        {"abort", "was ended by SIGABRT"},
        {"stack_overflow", "was ended by SIGSEGV: stack overflow"},
        {"divide_by_zero", "was ended by SIGFPE"},
        {"illegal_instruction", "was ended by SIGILL"},
        {"exit_0", "exited with code 0"},
        {"exit_at_once", "exited with code 3"},
        {"end_thread", "exited with code 70: the plugin ended the thread of its call"},
        {"terminate_for_memory", "was ended by SIGABRT: what():  std::bad_alloc"},
        {"close_everything", "exited with code 0"},
    };
    for (const auto& [sin, how] : cases)
    {
        BOOST_TEST_CONTEXT(sin)
        {
            const auto outcome = outcome_of(sin);
            BOOST_TEST_REQUIRE(outcome.error.has_value());
            BOOST_TEST(outcome.error->code == "plugin-crashed");
            BOOST_TEST(has(outcome.error->message, how), outcome.error->message);
            BOOST_TEST(outcome.retryable);
            BOOST_TEST(!outcome_of("none").error);
        }
    }
    BOOST_TEST(runner->counts().restarts == std::size(cases));
    BOOST_TEST(runner->unhealthy() == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_ends_the_process)
{
    start_host();
    const std::pair<const char*, const char*> cases[] = {
        {"garbage", "sent a frame that is larger than allowed"},
        {"huge_frame", "sent a frame that is larger than allowed"},
        {"half_frame", "ended in the middle of a frame"},
        {"unknown_id", "sent a frame that this protocol does not have"},
    };
    for (const auto& [sin, how] : cases)
    {
        BOOST_TEST_CONTEXT(sin)
        {
            const auto outcome = outcome_of(sin);
            BOOST_TEST_REQUIRE(outcome.error.has_value());
            BOOST_TEST(outcome.error->code == "plugin-protocol");
            BOOST_TEST(has(outcome.error->message, how), outcome.error->message);
            BOOST_TEST(!outcome_of("none").error);
        }
    }
}

BOOST_AUTO_TEST_CASE(memory_is_limited)
{
    settings.memory_bytes = 1ull << 30;
    start_host();
    const auto said_so = said("sin", {"allocate_100_gb"});
    BOOST_TEST(said_so == "plugin-failed: The plugin failed: An exception left the plugin: std::bad_alloc");
    BOOST_TEST(said("echo", {"on"}) == "on");
}

BOOST_AUTO_TEST_CASE(processor_time_is_limited)
{
    settings.cpu = 1s;
    start_host();
    BOOST_TEST(has(said("sin", {"spin"}, 60s), "was ended by SIGXCPU"));
}

BOOST_AUTO_TEST_CASE(who_hangs_is_answered_for_in_time_and_killed)
{
    settings.grace = 5s;
    start_host();
    BOOST_TEST(said("echo", {"up"}) == "up");
    const auto begin = clock::now();
    BOOST_TEST(said("sin", {"hang"}, 50ms) == "plugin-deadline: The plugin did not answer in the time allowed.");
    BOOST_TEST((clock::now() - begin < settings.grace));
    BOOST_TEST(said("echo", {"again"}) == "again");
    BOOST_TEST(runner->counts().restarts == 1u);
    BOOST_TEST(said("echo", {"late"}, 0ms) == "plugin-deadline: The plugin did not answer in the time allowed.");
}

BOOST_AUTO_TEST_CASE(who_watches_cancelled_keeps_its_process)
{
    settings.grace = 20s;
    start_host();
    const auto process = said("process");
    BOOST_TEST(has(said("sin", {"wait_for_cancel"}, 500ms), "plugin-deadline"));
    BOOST_TEST(said("process") == process);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_ends_in_the_plugin)
{
    settings.grace = 20s;
    start_host();
    const auto process = said("process");
    for (const char* sin : {"wait_for_cancel"})
        run([&, sin]() -> awaitable<void> {
            auto [thrown, outcome] = co_await asio::co_spawn(
                ctx, runner->run(task(sin, 60s)), asio::cancel_after(50ms, asio::as_tuple(asio::use_awaitable)));
            BOOST_TEST((thrown != nullptr));
        });
    BOOST_TEST(runner->counts().running == 0u);
    BOOST_TEST(said("process") == process);

    // Queued behind another one.
    run([&]() -> awaitable<void> {
        task_group others(ctx.get_executor(), [](std::exception_ptr) {});
        others.spawn([&]() -> awaitable<void> { co_await runner->run(task("wait_for_cancel", 3s)); });
        co_await until([&] { return runner->counts().running == 1; });
        auto [thrown, outcome] = co_await asio::co_spawn(ctx, runner->run(task("none", 60s)),
                                                         asio::cancel_after(10ms, asio::as_tuple(asio::use_awaitable)));
        BOOST_TEST((thrown != nullptr));
        BOOST_TEST(runner->counts().running == 1u);
        others.close();
        co_await others.join();
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_that_hangs_is_killed)
{
    settings.grace = 50ms;
    start_host();
    run([&]() -> awaitable<void> {
        auto [thrown, outcome] = co_await asio::co_spawn(ctx, runner->run(task("hang", 60s)),
                                                         asio::cancel_after(50ms, asio::as_tuple(asio::use_awaitable)));
        BOOST_TEST((thrown != nullptr));
    });
    BOOST_TEST(said("echo", {"on"}) == "on");
    BOOST_TEST(runner->counts().restarts == 1u);
}

BOOST_AUTO_TEST_CASE(calls_behind_a_crash_go_elsewhere)
{
    settings.hosts = 2;
    start_host();
    std::size_t failed = 0;
    std::size_t well = 0;
    run(
        [&]() -> awaitable<void> {
            task_group calls(ctx.get_executor(), [](std::exception_ptr) {});
            for (int i = 0; i < 60; ++i)
                calls.spawn([&, i]() -> awaitable<void> {
                    auto t = task(i % 10 == 3 ? "abort" : "none");
                    const auto outcome = co_await runner->run(std::move(t));
                    ++(outcome.error ? failed : well);
                });
            calls.close();
            co_await calls.join();
        },
        60s);
    BOOST_TEST(failed == 6u);
    BOOST_TEST(well == 54u);
    BOOST_TEST(runner->counts().calls == 60u);
    BOOST_TEST(runner->counts().failures == 6u);
    BOOST_TEST(runner->counts().restarts == 6u);
}

BOOST_AUTO_TEST_CASE(one_call_at_a_time_in_a_process)
{
    settings.hosts = 2;
    start_host();
    run([&]() -> awaitable<void> {
        task_group calls(ctx.get_executor(), [](std::exception_ptr) {});
        for (int i = 0; i < 50; ++i)
            calls.spawn([&]() -> awaitable<void> {
                const auto most = co_await runner->call_function("how_many", {}, 10s);
                BOOST_TEST((most && *most == "1"));
            });
        calls.close();
        co_await calls.join();
    });
    BOOST_TEST(runner->counts().hosts == 2u);
}

BOOST_AUTO_TEST_CASE(large_documents_and_outputs_pass)
{
    start_host();
    const std::string large(12 << 20, 'z');
    BOOST_TEST((said("echo", {large}) == large));
    run(
        [&]() -> awaitable<void> {
            task_group calls(ctx.get_executor(), [](std::exception_ptr) {});
            for (int i = 0; i < 4; ++i)
                calls.spawn([&]() -> awaitable<void> {
                    const auto back = co_await runner->call_function("echo", {large}, 30s);
                    BOOST_TEST((back && *back == large));
                });
            calls.close();
            co_await calls.join();
        },
        60s);
}

BOOST_AUTO_TEST_CASE(what_it_prints_is_no_answer)
{
    start_host();
    BOOST_TEST(said("sin", {"print_100_mb"}, 60s) == "printed");
    BOOST_TEST(said("log", {"a line"}) == "");
    BOOST_TEST(said("log", {std::string(100'000, 'l')}) == "");
    BOOST_TEST(runner->counts().restarts == 0u);
}

BOOST_AUTO_TEST_CASE(what_it_forks_goes_with_it)
{
    start_host();
    BOOST_TEST(said("sin", {"fork"}) == "");
    BOOST_TEST(said("echo", {"on"}) == "on");
    // The fixture looks for what is left.
}

BOOST_AUTO_TEST_CASE(a_process_is_replaced_after_its_calls)
{
    settings.calls = 3;
    start_host();
    std::set<std::string> processes;
    for (int i = 0; i < 9; ++i)
        processes.insert(said("process"));
    BOOST_TEST(processes.size() == 3u);
    BOOST_TEST(runner->counts().restarts == 0u);
}

BOOST_AUTO_TEST_CASE(who_does_not_start_is_unhealthy_and_says_why)
{
    const std::pair<plugin_program, const char*> cases[] = {
        {program_for(plugin("sins"), "sins", {{"create", "null"}}, settings), "its create() failed: no licence found"},
        {program_for(plugin("sins"), "sins", {{"create", "abort"}}, settings), "was ended by SIGABRT"},
        {program_for(plugin("sins"), "sins", {{"create", "hang"}}, settings), "did not say hello in 300 ms"},
        {program_for(plugin("refused-1"), "refused", {}, settings), "built for plugin ABI 2.0, this server has 1.0"},
        {program_for("/nowhere.so", "nowhere", {}, settings), "/nowhere.so"},
        {{"nothing", {"/nowhere/program"}, {}}, "could not be started: No such file or directory"},
        {{"mute", {"/bin/true"}, {}}, "exited with code 0"},
        {{"chatty", {"/bin/sh", "-c", "echo hello >&$VN_FD; sleep 60"}, {}},
         "sent a frame that is larger than allowed"},
    };
    for (const auto& [program, why] : cases)
    {
        BOOST_TEST_CONTEXT(why)
        {
            settings.start_timeout = has(why, "did not say hello") ? 300ms : 60s;
            start_command(program);
            const auto outcome = outcome_of("none");
            BOOST_TEST_REQUIRE(outcome.error.has_value());
            BOOST_TEST(outcome.error->code == "plugin-unavailable");
            BOOST_TEST(outcome.retryable);
            BOOST_TEST(has(outcome.error->message, why), outcome.error->message);
            BOOST_TEST(has(runner->unhealthy(), why));
            // At once now.
            BOOST_TEST(has(said("echo", {}, 10s), "plugin-unavailable"));
            leave();
        }
    }
}

BOOST_AUTO_TEST_CASE(who_starts_again_is_healthy_again)
{
    char name[] = "/tmp/vn-host-test-XXXXXX";
    const std::string folder = ::mkdtemp(name);
    const auto host = settings.host_program;
    start_command({"sins", {"/bin/sh", "-c", "test -e " + folder + "/go && exec " + host + " " + plugin("sins")}, {}});
    BOOST_TEST(has(said("echo", {"a"}), "plugin-unavailable"));
    ::creat((folder + "/go").c_str(), 0600);
    run([&]() -> awaitable<void> { co_await until([&] { return runner->unhealthy().empty(); }); });
    BOOST_TEST(said("echo", {"a"}) == "a");
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(drained_it_ends_what_it_has_and_takes_no_more)
{
    start_host();
    run([&]() -> awaitable<void> {
        task_group calls(ctx.get_executor(), [](std::exception_ptr) {});
        std::size_t well = 0;
        for (int i = 0; i < 5; ++i)
            calls.spawn([&]() -> awaitable<void> {
                const auto outcome = co_await runner->run(task());
                well += !outcome.error;
            });
        co_await until([&] { return runner->counts().running == 1; });
        runner->drain();
        BOOST_TEST(!runner->is_done());
        const auto refused = co_await runner->run(task());
        BOOST_TEST((refused.error && refused.error->code == "plugin-unavailable"));
        calls.close();
        co_await calls.join();
        BOOST_TEST(well == 5u);
        co_await until([&] { return runner->is_done(); });
        BOOST_TEST(runner->counts().hosts == 0u);
    });
}

BOOST_AUTO_TEST_CASE(drained_before_its_first_call_it_is_done)
{
    start_host();
    leave();
}

BOOST_AUTO_TEST_CASE(a_program_in_python_values_ten_thousand_tasks)
{
    settings.hosts = 2;
    start_command({"frame-worker", {"/usr/bin/env", "python3", VN_SOURCE_DIR "/sdk/examples/frame_worker.py"}, {}});
    std::size_t well = 0;
    std::size_t begun = 0;
    run(
        [&]() -> awaitable<void> {
            task_group workers(ctx.get_executor(), [](std::exception_ptr) {});
            for (int i = 0; i < 20; ++i)
                workers.spawn([&]() -> awaitable<void> {
                    while (begun < 10'000)
                    {
                        auto t = task();
                        const auto number = begun++;
                        t.document.insert(t.document.find("<analytics>"),
                                          "<quantity>" + std::to_string(number) + "</quantity>");
                        const auto outcome = co_await runner->run(std::move(t));
                        well += has(outcome.result, "<amount>" + std::to_string(number * 100) + ".00</amount>");
                    }
                });
            workers.close();
            co_await workers.join();
        },
        120s);
    // Zero is no amount.
    BOOST_TEST(well == 9'999u);
    const auto outcome = outcome_of("none");
    BOOST_TEST_REQUIRE(outcome.error.has_value());
    BOOST_TEST(outcome.error->message == "The plugin refuses the input: the task has no quantity");
    BOOST_TEST(!outcome.retryable);
}

BOOST_AUTO_TEST_CASE(descriptions_are_asked_for_in_a_process_that_may_die)
{
    settings.start_timeout = 60s;
    const auto ask = [&](plugin_program program) {
        result<plugin_description, failure> answer(failure{});
        run([&]() -> awaitable<void> { answer = co_await ask_description(std::move(program), settings); });
        return answer;
    };
    const auto good = ask(program_for(plugin("sins"), "sins", {}, settings));
    BOOST_TEST_REQUIRE(good.has_value());
    BOOST_TEST(good->name == "sins");
    BOOST_TEST(good->version == "1.2.3");
    BOOST_TEST((good->tasks == std::vector<std::string>{"sinner"}));
    BOOST_TEST((good->schemes == std::vector<std::string>{"sin"}));
    BOOST_TEST(good->functions.size() == 8u);
    const auto refused = ask(program_for(plugin("refused-1"), "refused", {}, settings));
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(has(refused.error().message, "built for plugin ABI 2.0, this server has 1.0"));
    settings.start_timeout = 300ms;
    BOOST_TEST(!ask(program_for(plugin("sins"), "sins", {{"create", "hang"}}, settings)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
