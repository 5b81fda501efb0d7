#include "core/children.hpp"
#include "core/process.hpp"
#include "core/task_group.hpp"

#include "support/io_fixture.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/readable_pipe.hpp>

#include <csignal>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vn;
using namespace std::chrono_literals;

namespace {

struct fixture : test::io_fixture
{
    std::filesystem::path folder;

    fixture()
    {
        char name[] = "/tmp/vn-process-test-XXXXXX";
        folder = ::mkdtemp(name);
        children::become_subreaper();
    }
    ~fixture() { std::filesystem::remove_all(folder); }

    std::string program(const std::string& text, mode_t mode = 0755)
    {
        const auto path = folder / ("program-" + std::to_string(count_++));
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }

    static process_plan shell(std::string command)
    {
        process_plan plan;
        plan.path = "/bin/sh";
        plan.arguments = {"-c", std::move(command)};
        plan.environment = {"PATH=/usr/bin:/bin"};
        return plan;
    }

    // Everything the plan's process writes to its standard output, until it ends.
    awaitable<std::string> output_of(process_plan plan)
    {
        int ends[2];
        BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        plan.out = ends[1];
        asio::readable_pipe out(ctx, ends[0]);
        auto started = process::start(ctx.get_executor(), plan);
        ::close(ends[1]);
        BOOST_TEST_REQUIRE(started.has_value(), started.error().message());
        std::string text;
        co_await asio::async_read(out, asio::dynamic_buffer(text), as_result);
        co_await started->wait();
        BOOST_TEST((started->end() == process_end{0, 0}));
        co_return text;
    }

private:
    int count_ = 0;
};

bool exists(pid_t id)
{
    return ::kill(id, 0) == 0;
}

bool has_children()
{
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

awaitable<void> until_no_strays()
{
    while (children::kill_strays() > 0)
        co_await pause_for(1ms);
}

// What the process writes first: a line.
awaitable<std::string> line_from(asio::readable_pipe& out)
{
    std::string text;
    co_await asio::async_read_until(out, asio::dynamic_buffer(text), '\n', as_result);
    co_return text.substr(0, text.find('\n'));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(processes, fixture)

BOOST_AUTO_TEST_CASE(tells_how_it_ended)
{
    run([&]() -> awaitable<void> {
        struct row
        {
            const char* command;
            process_end end;
        };
        const row rows[] = {{"exit 0", {0, 0}},
                            {"exit 1", {1, 0}},
                            {"exit 255", {255, 0}},
                            {"kill -TERM $$", {0, SIGTERM}},
                            {"kill -SEGV $$", {0, SIGSEGV}},
                            {"kill -KILL $$", {0, SIGKILL}}};
        for (const auto& r : rows)
        {
            auto started = process::start(ctx.get_executor(), shell(r.command));
            BOOST_TEST_REQUIRE(started.has_value());
            co_await started->wait();
            BOOST_TEST_REQUIRE(started->has_ended(), r.command);
            BOOST_TEST((started->end() == r.end), r.command);
            co_await started->wait(); // and again
        }
        BOOST_TEST(!has_children());
    });
}

BOOST_AUTO_TEST_CASE(has_only_what_it_was_given)
{
    const int kept_open = ::open("/dev/null", O_RDONLY); // not close-on-exec
    ::signal(SIGPIPE, SIG_IGN);
    run([&]() -> awaitable<void> {
        auto plan =
            shell("n=0; while [ $n -lt 200 ]; do [ -e /proc/$$/fd/$n ] && printf '%s ' $n; n=$((n+1)); done; "
                  "env | sort | tr '\\n' ' '; pwd; umask; ulimit -c; ulimit -n;"
                  "grep -E '^(Sig(Blk|Ign)|NoNewPrivs)' /proc/self/status | tr -d '\\t';"
                  "test $(cut -d' ' -f5 /proc/$$/stat) = $$ && test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo alone;"
                  "readlink /proc/$$/fd/0");
        plan.folder = folder;
        plan.environment = {"PATH=/usr/bin:/bin", "B=2 and\n3"};
        plan.limits.open_files = 33;
        const auto text = co_await output_of(plan);
        BOOST_TEST(text == "0 1 2 3 B=2 and PATH=/usr/bin:/bin PWD=" + folder.string() + " " + folder.string() +
                               "\n0077\n0\n33\nSigBlk:0000000000000000\nSigIgn:0000000000000000\nNoNewPrivs:1\nalone\n"
                               "/dev/null\n"); // "3" is of the second line of B
    });
    ::close(kept_open);
}

BOOST_AUTO_TEST_CASE(works_when_this_process_lacks_standard_descriptors)
{
    run([&]() -> awaitable<void> {
        const int kept = ::fcntl(0, F_DUPFD_CLOEXEC, 100);
        ::close(0);
        const auto text = co_await output_of(shell("readlink /proc/self/fd/0; echo out"));
        if (kept >= 0)
            ::dup2(kept, 0);
        ::close(kept);
        BOOST_TEST(text == "/dev/null\nout\n");
    });
}

BOOST_AUTO_TEST_CASE(arguments_are_not_interpreted)
{
    run([&]() -> awaitable<void> {
        process_plan plan;
        plan.path = "/usr/bin/printf";
        plan.arguments = {"%s|", "; rm -rf x", "$(id)", "--", "-rf", "a\nb", "", std::string(100'000, 'x')};
        const auto text = co_await output_of(plan);
        BOOST_TEST(text == "; rm -rf x|$(id)|--|-rf|a\nb||" + std::string(100'000, 'x') + "|");
    });
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_be_started)
{
    const auto error_of = [&](process_plan plan) {
        const auto r = start_process(plan);
        BOOST_TEST_REQUIRE(!r.has_value());
        return r.error().value();
    };
    process_plan plan;
    plan.path = folder / "missing";
    BOOST_TEST(error_of(plan) == ENOENT);
    plan.path = program("#!/bin/sh\n", 0644);
    BOOST_TEST(error_of(plan) == EACCES);
    plan.path = program("#!/no/such/interpreter\n");
    BOOST_TEST(error_of(plan) == ENOENT);
    plan.path = program("echo no first line\n");
    BOOST_TEST(error_of(plan) == ENOEXEC);
    plan.path = folder;
    BOOST_TEST(error_of(plan) == EACCES);
    plan = shell("exit 0");
    plan.folder = folder / "missing";
    BOOST_TEST(error_of(plan) == ENOENT);
    plan = shell("exit 0");
    plan.environment = {"A=" + std::string(3 << 20, 'x')};
    BOOST_TEST(error_of(plan) == E2BIG);
    BOOST_TEST(!has_children());
}

BOOST_AUTO_TEST_CASE(limits_hold)
{
    run([&]() -> awaitable<void> {
        auto plan = shell("yes > big");
        plan.folder = folder;
        plan.limits.file_bytes = 100'000;
        auto started = process::start(ctx.get_executor(), plan);
        co_await started->wait();
        BOOST_TEST((std::filesystem::file_size(folder / "big") == 100'000u));

        plan = shell("while :; do :; done");
        plan.limits.cpu = 1s;
        auto busy = process::start(ctx.get_executor(), plan);
        co_await busy->wait();
        BOOST_TEST((busy->end().signal == SIGKILL || busy->end().signal == SIGXCPU));
        BOOST_TEST(!std::filesystem::exists(folder / "core"));
    });
}

BOOST_AUTO_TEST_CASE(a_wait_may_be_short_or_cancelled_and_be_made_again)
{
    run([&]() -> awaitable<void> {
        auto started = process::start(ctx.get_executor(), shell("read x; exit 3"));
        BOOST_TEST_REQUIRE(started.has_value()); // reads /dev/null: ends soon
        auto sleeping = process::start(ctx.get_executor(), shell("exec sleep 1000"));
        co_await sleeping->wait(1ms);
        BOOST_TEST(!sleeping->has_ended());

        task_group group(ctx.get_executor(), [](std::exception_ptr) {});
        bool returned = false;
        group.spawn([&]() -> awaitable<void> {
            co_await graceful();
            co_await sleeping->wait();
            returned = true;
        });
        co_await asio::post(ctx, asio::use_awaitable);
        group.close();
        group.cancel(asio::cancellation_type::terminal);
        co_await group.join();
        BOOST_TEST(returned);
        BOOST_TEST(!sleeping->has_ended());

        sleeping->signal_group(SIGTERM);
        co_await sleeping->wait();
        BOOST_TEST((sleeping->end() == process_end{0, SIGTERM}));
        co_await started->wait();
        BOOST_TEST((started->end() == process_end{3, 0}));
    });
}

BOOST_AUTO_TEST_CASE(a_process_nobody_waits_for_is_killed_and_leaves_no_zombie)
{
    run([&]() -> awaitable<void> {
        pid_t id = 0;
        {
            auto started = process::start(ctx.get_executor(), shell("sleep 1000 & exec sleep 1000"));
            id = started->id();
            BOOST_TEST(exists(id));
        }
        co_await until_no_strays();
        BOOST_TEST(!exists(id));
        BOOST_TEST(!has_children());
    });
}

BOOST_AUTO_TEST_CASE(what_is_left_of_the_group_ends_with_it)
{
    run([&]() -> awaitable<void> {
        const auto text = co_await output_of(shell("sleep 1000 >/dev/null & echo $!"));
        co_await until_no_strays();
        BOOST_TEST(!exists(std::stoi(text)));
        BOOST_TEST(!has_children());
    });
}

BOOST_AUTO_TEST_CASE(a_thousand_leave_no_zombie)
{
    run(
        [&]() -> awaitable<void> {
            task_group group(ctx.get_executor(), [](std::exception_ptr) {});
            int ended = 0;
            const auto some = [&]() -> awaitable<void> {
                for (int i = 0; i < 125; ++i)
                {
                    auto started = process::start(ctx.get_executor(), shell("exit 0"));
                    co_await started->wait();
                    ended += started->end() == process_end{0, 0};
                }
            };
            for (int i = 0; i < 8; ++i)
                group.spawn([&] { return some(); });
            group.close();
            co_await group.join();
            BOOST_TEST(ended == 1000);
            BOOST_TEST(!has_children());
        },
        120s);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(strays, fixture)

BOOST_AUTO_TEST_CASE(what_left_the_session_is_killed_with_its_own_children)
{
    run([&]() -> awaitable<void> {
        const auto text = co_await output_of(
            shell("(setsid sh -c 'echo $$; sleep 1000 >/dev/null & echo $!; exec sleep 1000 >/dev/null' &)"));
        std::istringstream ids(text);
        pid_t first = 0;
        pid_t second = 0;
        ids >> first >> second;
        BOOST_TEST_REQUIRE(first > 0);
        BOOST_TEST_REQUIRE(second > 0);
        co_await until_no_strays();
        BOOST_TEST(!exists(first));
        BOOST_TEST(!exists(second));
        BOOST_TEST(!has_children());
    });
}

BOOST_AUTO_TEST_CASE(wanted_children_and_what_belongs_to_them_are_spared)
{
    run([&]() -> awaitable<void> {
        int ends[2];
        BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        // Three orphans: in its session, out of it but with its mark, and without either.
        auto plan = shell("sh -c 'sleep 1000 & echo $!' ; sh -c 'setsid sleep 1000 & echo $!';"
                          "sh -c 'setsid env -i sleep 1000 & echo $!'; echo end; exec sleep 1000");
        plan.out = ends[1];
        plan.environment.push_back("HOME=/place/of/this");
        plan.mark = "HOME=/place/of/this";
        asio::readable_pipe out(ctx, ends[0]);
        auto started = process::start(ctx.get_executor(), plan);
        ::close(ends[1]);
        BOOST_TEST_REQUIRE(started.has_value());
        std::string text;
        co_await asio::async_read_until(out, asio::dynamic_buffer(text), "end\n", as_result);
        std::istringstream lines(text);
        pid_t ids[3] = {};
        lines >> ids[0] >> ids[1] >> ids[2];
        BOOST_TEST_REQUIRE(ids[2] > 0);
        // Each has to become what it is going to be before it can be told apart.
        const auto is_sleeping = [](pid_t id) {
            std::ifstream file("/proc/" + std::to_string(id) + "/comm");
            std::string name;
            return std::getline(file, name) && name == "sleep";
        };
        for (const auto id : ids)
            while (!is_sleeping(id))
                co_await pause_for(1ms);

        co_await until_no_strays();
        BOOST_TEST(exists(started->id()));
        BOOST_TEST(exists(ids[0]));
        BOOST_TEST(exists(ids[1]));
        BOOST_TEST(!exists(ids[2]));

        started->signal_group(SIGKILL);
        co_await started->wait();
        co_await until_no_strays();
        BOOST_TEST(!exists(ids[0]));
        BOOST_TEST(!exists(ids[1]));
        BOOST_TEST(!has_children());
    });
}

BOOST_AUTO_TEST_CASE(children_that_only_fork_are_registered_too)
{
    const pid_t child = children::start([] {
        const pid_t id = ::fork();
        if (id == 0)
        {
            ::pause();
            ::_exit(0);
        }
        return id;
    });
    BOOST_TEST_REQUIRE(child > 0);
    BOOST_TEST(children::kill_strays() == 0u);
    int status = 0;
    BOOST_TEST(!children::reap(child, status));
    ::kill(child, SIGKILL);
    while (!children::reap(child, status))
        ::sched_yield();
    BOOST_TEST(WTERMSIG(status) == SIGKILL);
    BOOST_TEST(children::reap(child, status)); // gone already
    BOOST_TEST(status == -1);
}

BOOST_AUTO_TEST_CASE(a_reaped_child_shows_what_it_took)
{
    const pid_t child = children::start([] {
        const pid_t id = ::fork();
        if (id == 0)
        {
            while (std::clock() < CLOCKS_PER_SEC / 50)
                ;
            ::_exit(0);
        }
        return id;
    });
    BOOST_TEST_REQUIRE(child > 0);
    int status = 0;
    std::chrono::microseconds processor{0};
    while (!children::reap(child, status, &processor))
        ::sched_yield();
    BOOST_TEST(processor.count() >= 10'000);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_forgotten_is_a_stray)
{
    run([&]() -> awaitable<void> {
        auto started = start_process(shell("exec sleep 1000"));
        BOOST_TEST_REQUIRE(started.has_value());
        ::close(started->pidfd);
        BOOST_TEST(children::kill_strays() == 0u);
        children::forget(started->id);
        BOOST_TEST(children::kill_strays() == 1u);
        co_await until_no_strays();
        BOOST_TEST(!has_children());
    });
}

// The parent here is a process of its own, which is killed while its child runs.
BOOST_AUTO_TEST_CASE(nothing_outlives_a_parent_that_is_killed)
{
    run([&]() -> awaitable<void> {
        int ends[2];
        BOOST_TEST_REQUIRE(::pipe(ends) == 0);
        const pid_t parent = ::fork();
        if (parent == 0)
        {
            ::alarm(20);
            auto plan = shell("echo $$; exec sleep 1000");
            plan.out = ends[1];
            if (start_process(plan))
                ::pause();
            ::_exit(1);
        }
        ::close(ends[1]);
        asio::readable_pipe out(ctx, ends[0]);
        const auto line = co_await line_from(out);
        BOOST_TEST_REQUIRE(!line.empty());
        const pid_t child = std::stoi(line);
        BOOST_TEST(exists(child));

        ::kill(parent, SIGKILL);
        int status = 0;
        BOOST_TEST(::waitpid(parent, &status, 0) == parent);
        // We are its subreaper, so it is ours to reap; it must die without being killed by us.
        siginfo_t info{};
        const int reaped = ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED);
        BOOST_TEST(reaped == 0);
        BOOST_TEST(info.si_code == CLD_KILLED);
        BOOST_TEST(!exists(child));
    });
}

BOOST_AUTO_TEST_SUITE_END()
