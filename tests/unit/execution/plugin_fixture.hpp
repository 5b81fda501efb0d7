// What tests of plugin runners share: one loop, calls, and the test plugins' places.
#pragma once

#include "core/children.hpp"
#include "core/log.hpp"
#include "execution/host_runner.hpp"
#include "execution/inline_runner.hpp"

#include "support/io_fixture.hpp"

#include <csignal>
#include <sys/wait.h>

namespace vn::test {

using namespace std::chrono_literals;

struct plugin_fixture : io_fixture
{
    asio::thread_pool pool{2};
    plugin_settings settings;
    std::unique_ptr<plugin_runner> runner;

    plugin_fixture()
    {
        log::start(log::level::off, log::format::json);
        children::become_subreaper();
        settings.host_program = VN_BINARY_DIR "/bin/vn-plugin-host";
        settings.hosts = 1;
        settings.grace = 500ms;
        settings.restart_pause = 1ms;
        settings.longest_restart_pause = 50ms;
    }
    ~plugin_fixture()
    {
        leave();
        pool.join();
        siginfo_t info{};
        BOOST_TEST(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0, "a child process was left behind");
    }

    // Until the body has ended: a runner waits on beyond that.
    template <class Body>
    void run(Body body, clock::duration limit = 120s)
    {
        bool done = false;
        std::exception_ptr failure;
        asio::co_spawn(ctx, std::move(body), [&](std::exception_ptr e) {
            done = true;
            failure = std::move(e);
        });
        ctx.restart();
        for (const auto end = clock::now() + limit; !done && clock::now() < end;)
            ctx.run_one_until(end);
        BOOST_TEST_REQUIRE(done, "the test body did not finish");
        if (failure)
            std::rethrow_exception(failure);
    }

    // Drains the runner and waits until it is done.
    void leave()
    {
        if (!runner)
            return;
        run([this]() -> awaitable<void> {
            runner->drain();
            co_await until([this] { return runner->is_done(); });
        });
        runner.reset();
    }

    static std::string plugin(const char* name) { return VN_BINARY_DIR "/test-plugins/" + std::string(name) + ".so"; }

    static plugin_description described()
    {
        plugin_description p;
        p.name = "sins";
        p.version = "1.2.3";
        p.values_tasks = true;
        return p;
    }

    void start_host(std::map<std::string, std::string> section = {})
    {
        start_command(program_for(plugin("sins"), "sins", std::move(section), settings));
    }
    void start_command(plugin_program program)
    {
        runner = make_host_runner(ctx.get_executor(), pool, std::move(program), described(), settings);
    }

    static task_input task(const std::string& sin = "none", std::chrono::milliseconds time_left = 10s)
    {
        task_input t;
        t.request_id = "r-1";
        t.group_index = 2;
        t.group_name = "second";
        t.task_id = 7;
        t.valuation_name = "sinner";
        t.document =
            "<vnml><project><group><valuation name='sinner'><!-- sin:" + sin +
            " --><analytics><price><amount>0</amount></price></analytics></valuation></group></project></vnml>";
        t.time_left = time_left;
        return t;
    }

    task_outcome outcome_of(task_input t)
    {
        task_outcome outcome;
        run([&]() -> awaitable<void> { outcome = co_await runner->run(std::move(t)); });
        return outcome;
    }
    task_outcome outcome_of(const std::string& sin, std::chrono::milliseconds time_left = 10s)
    {
        return outcome_of(task(sin, time_left));
    }

    result<std::string, failure> call(std::string name, std::vector<std::string> arguments = {},
                                      std::chrono::milliseconds limit = 10s)
    {
        result<std::string, failure> answer(failure{});
        run(
            [&]() -> awaitable<void> {
                answer = co_await runner->call_function(std::move(name), std::move(arguments), limit);
            },
            60s);
        return answer;
    }

    // The answer, or what went wrong.
    std::string said(std::string name, std::vector<std::string> arguments = {}, std::chrono::milliseconds limit = 10s)
    {
        const auto answer = call(std::move(name), std::move(arguments), limit);
        return answer ? *answer : answer.error().code + ": " + answer.error().message;
    }
};

inline bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != text.npos;
}

} // namespace vn::test
