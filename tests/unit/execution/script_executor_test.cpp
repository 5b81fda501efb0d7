// The contract of scripts, with the real executor and small ill-behaved scripts.
#include "core/children.hpp"
#include "core/log.hpp"
#include "core/process.hpp"
#include "core/sha256.hpp"
#include "core/task_group.hpp"
#include "execution/router.hpp"
#include "execution/script_executor.hpp"

#include "support/io_fixture.hpp"

#include <csignal>
#include <dirent.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vn;
using namespace std::chrono_literals;

namespace {

const std::string document =
    "<vnml><project><group><valuation name='bond'><analytics><price><amount>0</amount></price></analytics></valuation>"
    "</group></project></vnml>";

struct fixture : test::io_fixture
{
    std::filesystem::path folder;
    asio::thread_pool pool{2};
    script_settings settings;

    fixture()
    {
        log::start(log::level::off, log::format::json);
        children::become_subreaper();
        char name[] = "/tmp/vn-script-test-XXXXXX";
        folder = ::mkdtemp(name);
        settings.folder = folder / "scripts";
        settings.grace = 200ms;
    }
    ~fixture()
    {
        pool.join();
        std::filesystem::remove_all(folder);
        siginfo_t info{};
        BOOST_TEST(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0, "a child process was left behind");
    }

    std::string script(const std::string& body, mode_t mode = 0755, const char* first_line = "#!/bin/sh\n")
    {
        const auto path = folder / ("script-" + std::to_string(count_++));
        std::ofstream(path) << first_line << body << '\n';
        ::chmod(path.c_str(), mode);
        return path;
    }

    std::unique_ptr<executor> executor_of(const std::string& body)
    {
        settings.path = script(body);
        return make_script_executor(ctx.get_executor(), pool, settings);
    }

    static task_input task(std::chrono::milliseconds time_left = 10s)
    {
        task_input t;
        t.request_id = "0198c5a0-1234-7abc-8def-0123456789ab";
        t.group_index = 2;
        t.group_name = "second group";
        t.task_id = 7;
        t.valuation_name = "bond";
        t.attempt = 3;
        t.document = document;
        t.time_left = time_left;
        return t;
    }

    task_outcome outcome_of(const std::string& body, task_input t = task())
    {
        auto scripts = executor_of(body);
        return outcome_of(*scripts, std::move(t));
    }

    task_outcome outcome_of(executor& scripts, task_input t = task())
    {
        task_outcome outcome;
        run([&]() -> awaitable<void> { outcome = co_await scripts.run(std::move(t)); }, 60s);
        return outcome;
    }

    // The process whose id a script wrote into the file.
    pid_t id_in(const char* file) const
    {
        pid_t id = 0;
        std::ifstream(folder / file) >> id;
        return id;
    }
    bool is_gone(const char* file) const
    {
        const pid_t id = id_in(file);
        return id > 0 && ::kill(id, 0) != 0;
    }

private:
    int count_ = 0;
};

// Errors show what the script printed: the way to look into one.
std::string printed(const task_outcome& o)
{
    return o.error ? o.error->message : "<no failure>";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(scripts, fixture)

BOOST_AUTO_TEST_CASE(an_amount_goes_into_the_document)
{
    const auto o = outcome_of("cat >/dev/null; echo 61.5");
    BOOST_TEST_REQUIRE(!o.error.has_value(), printed(o));
    BOOST_TEST(o.result.find("<amount>61.50</amount>") != std::string::npos, o.result);
    BOOST_TEST(o.executor == "script");
    std::ifstream script(folder / "script-0");
    const std::string content(std::istreambuf_iterator<char>(script), {});
    BOOST_TEST(o.plugin == (folder / "script-0").string() + " " + sha256_hex(content));
}

BOOST_AUTO_TEST_CASE(a_document_is_taken_as_it_is)
{
    const auto o = outcome_of(R"(cat | sed 's/.*<valuation/<valuation/; s/<.group>.*//; s/>0</>12.25</')");
    BOOST_TEST_REQUIRE(!o.error.has_value(), printed(o));
    BOOST_TEST(o.result.find("<amount>12.25</amount>") != std::string::npos, o.result);
}

BOOST_AUTO_TEST_CASE(the_reference_script_gives_different_amounts_between_50_and_100)
{
    settings.path = std::string(VN_SOURCE_DIR) + "/scripts/vnas.sh";
    const auto scripts = make_script_executor(ctx.get_executor(), pool, settings);
    std::set<std::string> seen;
    run([&]() -> awaitable<void> {
        task_group group(ctx.get_executor(), [](std::exception_ptr) {});
        for (int i = 0; i < 40; ++i)
            group.spawn([&]() -> awaitable<void> {
                auto o = co_await scripts->run(task());
                BOOST_TEST_REQUIRE(!o.error.has_value(), printed(o));
                const auto at = o.result.find("<amount>") + 8;
                const auto amount = o.result.substr(at, o.result.find('<', at) - at);
                BOOST_TEST((std::stod(amount) >= 50.0 && std::stod(amount) <= 100.0));
                BOOST_TEST(amount.find('.') + 3 == amount.size(), amount);
                seen.insert(amount);
            });
        group.close();
        co_await group.join();
    });
    BOOST_TEST(seen.size() > 20u);
}

BOOST_AUTO_TEST_CASE(the_environment_is_what_the_contract_says)
{
    ::setenv("VN_TEST_SECRET", "hunter2", 1);
    auto t = task();
    t.group_name = "$(id) `id`\nLD_PRELOAD=/x";
    t.traceparent = "00-1-2-01";
    const auto o = outcome_of("env | sort >&2; exit 65", t);
    const auto text = printed(o);
    BOOST_TEST(text == "The script exited with code 65: HOME=" + settings.folder +
                           "/0/1\nLANG=C.UTF-8\n"
                           "LD_PRELOAD=/x\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                           "PWD=" +
                           settings.folder + "/0/1\nTMPDIR=" + settings.folder +
                           "/0/1\nTRACEPARENT=00-1-2-01\n"
                           "VN_ATTEMPT=3\nVN_DEADLINE_MS=10000\nVN_GROUP_INDEX=2\nVN_GROUP_NAME=$(id) `id`\n"
                           "VN_REQUEST_ID=0198c5a0-1234-7abc-8def-0123456789ab\nVN_TASK_ID=7\nVN_VALUATION_NAME=bond");
}

BOOST_AUTO_TEST_CASE(each_way_to_fail_has_its_code)
{
    struct row
    {
        const char* body;
        const char* code;
        bool retryable;
        const char* in_message;
    };
    const row rows[] = {
        {"echo why >&2; exit 1", "script-failed", true, "exited with code 1: why"},
        {"exit 75", "script-failed", true, "code 75"},
        {"exit 255", "script-failed", true, "code 255"},
        {"echo bad >&2; exit 65", "script-invalid", false, "code 65: bad"},
        {"no-such-program-xyz", "script-not-startable", true, "code 127"},
        {"/etc/passwd", "script-not-startable", true, "code 126"},
        {"kill -SEGV $$", "script-signal", true, "SIGSEGV"},
        {"kill -TERM $$", "script-signal", true, "SIGTERM"},
        {"exit 0", "output-empty", true, ""},
        {"echo '<half'", "output-malformed", true, "begins with: <half"},
        {"echo 'Warning: x'; echo 5", "output-malformed", true, "begins with: Warning: x"},
        {"echo -5", "output-malformed", true, ""},
    };
    for (const auto& r : rows)
        BOOST_TEST_CONTEXT(r.body)
        {
            const auto o = outcome_of(r.body);
            BOOST_TEST_REQUIRE(o.error.has_value());
            BOOST_TEST(o.error->code == r.code);
            BOOST_TEST(o.retryable == r.retryable);
            BOOST_TEST(o.error->message.find(r.in_message) != std::string::npos, o.error->message);
            BOOST_TEST(o.result.empty());
        }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_says_why)
{
    const auto code_of = [&](const std::string& path, const char* reason) {
        settings.path = path;
        auto scripts = make_script_executor(ctx.get_executor(), pool, settings);
        const auto o = outcome_of(*scripts);
        BOOST_TEST_REQUIRE(o.error.has_value());
        BOOST_TEST(o.error->message.find(reason) != std::string::npos, o.error->message);
        BOOST_TEST(o.error->message.find(path) != std::string::npos, o.error->message);
        BOOST_TEST(o.retryable);
        return o.error->code;
    };
    BOOST_TEST(code_of(folder / "missing", "No such file") == "script-not-startable");
    BOOST_TEST(code_of(script("echo 5", 0644), "Permission denied") == "script-not-startable");
    BOOST_TEST(code_of(script("echo 5", 0755, ""), "Exec format error") == "script-not-startable");
    BOOST_TEST(code_of(script("echo 5", 0755, "#!/no/such/sh\n"), "No such file") == "script-not-startable");

    auto t = task();
    t.group_name = std::string(3 << 20, 'x');
    const auto o = outcome_of("echo 5", t);
    BOOST_TEST(o.error.value().code == "script-not-startable");
    BOOST_TEST(!o.retryable);
}

BOOST_AUTO_TEST_CASE(only_the_first_bytes_of_errors_are_kept)
{
    const auto o = outcome_of("head -c 1000000 /dev/zero | tr '\\0' e >&2; exit 1");
    BOOST_TEST_REQUIRE(o.error.has_value());
    BOOST_TEST(o.error->message == "The script exited with code 1: " + std::string(4096, 'e'));
}

BOOST_AUTO_TEST_CASE(floods_are_capped)
{
    settings.output_bytes = 1 << 20;
    for (const char* body : {"yes", "yes >&2 & yes", "trap '' TERM; yes | cat"})
        BOOST_TEST_CONTEXT(body)
        {
            const auto o = outcome_of(body);
            BOOST_TEST_REQUIRE(o.error.has_value());
            BOOST_TEST(o.error->code == "script-output-too-large");
        }
    const auto quiet = outcome_of("head -c 20000000 /dev/zero >&2; echo 5");
    BOOST_TEST(!quiet.error.has_value(), printed(quiet));
}

BOOST_AUTO_TEST_CASE(input_that_is_not_read_does_no_harm)
{
    auto t = task();
    t.document.insert(t.document.find("<valuation"), "<x>" + std::string(100 << 20, ' ') + "</x>");
    const auto o = outcome_of("exit 65", t);
    BOOST_TEST(o.error.value().code == "script-invalid");
    const auto closed = outcome_of("exec <&-; sleep 0.05; exit 65", t);
    BOOST_TEST(closed.error.value().code == "script-invalid");
}

BOOST_AUTO_TEST_CASE(large_input_and_output_pass_whole)
{
    auto t = task();
    const auto at = t.document.find("<analytics>");
    t.document.insert(at, "<x>" + std::string(5 << 20, 'y') + "</x>");
    const auto o = outcome_of("cat", t);
    BOOST_TEST_REQUIRE(!o.error.has_value(), printed(o).substr(0, 200));
    BOOST_TEST(o.result.size() > (5u << 20));

    const auto taken = outcome_of("sed 's/.*<valuation/<valuation/; s/<.group>.*//'", t);
    BOOST_TEST_REQUIRE(!taken.error.has_value(), printed(taken).substr(0, 200));
    BOOST_TEST(taken.result.size() > (5u << 20));
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_the_whole_tree)
{
    const auto body = "sleep 1000 & echo $! >" + (folder / "a").string() + "; (setsid sh -c 'echo $$ >" +
                      (folder / "b").string() + "; sleep 1000; :' &); trap '' TERM; while :; do sleep 1000; done";
    const auto before = clock::now();
    const auto o = outcome_of(body, task(2s));
    BOOST_TEST(o.error.value().code == "task-deadline");
    BOOST_TEST(o.retryable);
    BOOST_TEST((clock::now() - before < 50s));
    BOOST_TEST((o.took >= 2200ms)); // SIGTERM was ignored, so the grace passed too
    BOOST_TEST(is_gone("a"));
    BOOST_TEST(is_gone("b"));
}

BOOST_AUTO_TEST_CASE(a_script_may_use_the_grace_to_clean_up)
{
    settings.grace = 50s;
    const auto o = outcome_of("trap 'echo gone >&2; exit 3' TERM; sleep 1000 & wait", task(2s));
    BOOST_TEST(o.error.value().code == "task-deadline");
    BOOST_TEST(o.error->message.find("gone") != std::string::npos);
    BOOST_TEST((o.took < 50s));
}

BOOST_AUTO_TEST_CASE(no_time_left_is_a_deadline_at_once)
{
    const auto o = outcome_of("echo x >" + (folder / "ran").string(), task(0ms));
    BOOST_TEST(o.error.value().code == "task-deadline");
    BOOST_TEST(!std::filesystem::exists(folder / "ran"));
}

BOOST_AUTO_TEST_CASE(the_result_comes_at_exit_though_others_hold_the_pipe)
{
    const auto pid_file = (folder / "a").string();
    for (const auto& body :
         {"sleep 1000 & echo $! >" + pid_file + "; echo 55", "setsid sleep 1000 & echo $! >" + pid_file + "; echo 55",
          "(setsid sh -c 'echo $$ >" + pid_file + "; exec sleep 1000' &); while ! [ -s " + pid_file +
              " ]; do :; done; echo 55",
          "(setsid env -i sh -c 'cd /; echo $$ >" + pid_file + "; exec sleep 1000' &); while ! [ -s " + pid_file +
              " ]; do :; done; echo 55"})
        BOOST_TEST_CONTEXT(body)
        {
            std::filesystem::remove(pid_file);
            // Its time would be over before that of who holds the pipe.
            const auto o = outcome_of(body);
            BOOST_TEST(!o.error.has_value(), printed(o));
            BOOST_TEST(is_gone("a"));
        }
}

BOOST_AUTO_TEST_CASE(what_another_running_script_left_to_itself_is_spared)
{
    const auto gate = (folder / "gate").string();
    // The first waits for the answer of a process that left it; the second ends meanwhile and is cleaned up after.
    auto first = executor_of("(setsid sh -c 'while ! [ -e " + gate +
                             " ]; do sleep 0.01; done; echo 77 >answer' &);"
                             "echo up >" +
                             (folder / "up").string() + "; while ! [ -s answer ]; do sleep 0.01; done; cat answer");
    settings.path = script("echo 66");
    auto second = make_script_executor(ctx.get_executor(), pool, settings);
    run([&]() -> awaitable<void> {
        task_group group(ctx.get_executor(), [](std::exception_ptr) {});
        task_outcome slow;
        group.spawn([&]() -> awaitable<void> { slow = co_await first->run(task()); });
        while (!std::filesystem::exists(folder / "up"))
            co_await pause_for(1ms);
        for (int i = 0; i < 5; ++i)
        {
            const auto quick = co_await second->run(task());
            BOOST_TEST(!quick.error.has_value());
        }
        std::ofstream file(gate);
        group.close();
        co_await group.join();
        BOOST_TEST_REQUIRE(!slow.error.has_value(), printed(slow));
        BOOST_TEST(slow.result.find("77.00") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_leaves_nothing)
{
    auto scripts = executor_of("(setsid sh -c 'echo $$ >" + (folder / "a").string() +
                               "; exec sleep 1000' &); echo x >file; trap '' TERM; echo $$ >" +
                               (folder / "b").string() + "; while :; do sleep 1000; done");
    run([&]() -> awaitable<void> {
        task_group group(ctx.get_executor(),
                         [](std::exception_ptr) { BOOST_TEST(false, "a cancellation is no failure"); });
        bool returned = false;
        group.spawn([&]() -> awaitable<void> {
            co_await scripts->run(task());
            returned = true;
        });
        while (id_in("a") == 0 || id_in("b") == 0)
            co_await pause_for(1ms);
        group.cancel(asio::cancellation_type::total); // changes nothing
        co_await pause_for(1ms);
        BOOST_TEST(group.size() == 1u);
        group.close();
        group.cancel(asio::cancellation_type::terminal);
        group.cancel(asio::cancellation_type::terminal);
        co_await group.join();
        BOOST_TEST(!returned);
        BOOST_TEST(is_gone("a"));
        BOOST_TEST(is_gone("b"));
        BOOST_TEST(std::filesystem::is_empty(std::filesystem::path(settings.folder) / "0/1"));
    });
}

BOOST_AUTO_TEST_CASE(the_folder_is_private_and_emptied)
{
    std::ofstream(folder / "precious") << "keep";
    std::filesystem::create_directory(folder / "outside");
    std::ofstream(folder / "outside/precious") << "keep";
    auto scripts = executor_of(
        "[ -z \"$(ls -A)\" ] || exit 9; [ \"$(stat -c %a .)\" = 700 ] || exit 10; [ \"$PWD\" = \"$HOME\" ] || exit 11;"
        "touch -- '-rf' 'a b' .hidden; mkdir -p d/e/f; echo x >d/e/f/g; mkfifo fifo; ln -s " +
        folder.string() + "/outside link; ln -s " + folder.string() +
        "/precious d/link; mkdir locked; echo y >locked/z; chmod 0 locked;"
        "chmod 500 .; i=0; while [ $i -lt 150 ]; do mkdir x; cd x; i=$((i+1)); done; echo 5");
    for (int i = 0; i < 3; ++i)
    {
        const auto o = outcome_of(*scripts);
        BOOST_TEST(!o.error.has_value(), printed(o));
    }
    BOOST_TEST(std::filesystem::exists(folder / "precious"));
    BOOST_TEST(std::filesystem::exists(folder / "outside/precious"));
    const auto own = std::filesystem::path(settings.folder) / "0";
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(own), {}) == 1); // one folder, used three times
    BOOST_TEST(std::filesystem::is_empty(own / "1"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_was_taken_away_is_replaced)
{
    auto scripts = executor_of("rmdir \"$HOME\" || exit 9; echo 5");
    for (int i = 0; i < 3; ++i)
    {
        const auto o = outcome_of(*scripts);
        BOOST_TEST(!o.error.has_value(), printed(o));
    }
}

BOOST_AUTO_TEST_CASE(two_servers_on_one_folder_do_not_meet)
{
    auto one = executor_of("pwd >&2; exit 1");
    auto two = make_script_executor(ctx.get_executor(), pool, settings);
    BOOST_TEST(printed(outcome_of(*one)).ends_with("/scripts/0/1"));
    BOOST_TEST(printed(outcome_of(*two)).ends_with("/scripts/1/1"));
}

BOOST_AUTO_TEST_CASE(what_a_killed_server_left_is_removed_at_the_next_start)
{
    const auto own = std::filesystem::path(settings.folder) / "0/1";
    std::filesystem::create_directories(own);
    std::ofstream(own / "file") << "x";
    process_plan plan;
    plan.path = "/bin/sleep";
    plan.arguments = {"1000"};
    plan.environment = {"HOME=" + own.string()};
    run([&]() -> awaitable<void> {
        auto leftover = process::start(ctx.get_executor(), plan);
        BOOST_TEST_REQUIRE(leftover.has_value());
        // For a moment of execve() a process has no environment.
        const auto is_itself = [&] {
            std::ifstream file("/proc/" + std::to_string(leftover->id()) + "/environ");
            return file.peek() != std::ifstream::traits_type::eof();
        };
        while (!is_itself())
            co_await pause_for(1ms);
        auto scripts = executor_of("ls -A >&2; exit 1");
        co_await leftover->wait();
        BOOST_TEST((leftover->end() == process_end{0, SIGKILL}));
        const auto o = co_await scripts->run(task());
        BOOST_TEST(printed(o) == "The script exited with code 1.");
    });
}

BOOST_AUTO_TEST_CASE(no_place_to_work_in_is_told_at_the_start)
{
    std::ofstream(folder / "file") << "x";
    settings.folder = folder / "file";
    BOOST_CHECK_THROW(make_script_executor(ctx.get_executor(), pool, settings), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(no_files_grow_without_end_and_no_core_is_written)
{
    settings.file_bytes = 1 << 20;
    const auto o = outcome_of("exec yes >big");
    BOOST_TEST(o.error.value().code == "script-signal");
    BOOST_TEST(o.error->message.find("SIGXFSZ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_thousand_scripts_leave_neither_zombies_nor_descriptors)
{
    const auto descriptors = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
    settings.path = std::string(VN_SOURCE_DIR) + "/scripts/vnas.sh";
    auto scripts = make_script_executor(ctx.get_executor(), pool, settings);
    int valued = 0;
    std::ptrdiff_t before = 0;
    run(
        [&]() -> awaitable<void> {
            const auto some = [&](int n) -> awaitable<void> {
                for (int i = 0; i < n; ++i)
                {
                    const auto o = co_await scripts->run(task());
                    valued += !o.error.has_value();
                }
            };
            for (const int n : {1, 125})
            {
                task_group group(ctx.get_executor(), [](std::exception_ptr) {});
                for (int i = 0; i < 8; ++i)
                    group.spawn([&] { return some(n); });
                group.close();
                co_await group.join();
                if (n == 1)
                    before = descriptors();
            }
        },
        120s);
    BOOST_TEST(valued == 1008);
    BOOST_TEST(descriptors() == before);
}

BOOST_AUTO_TEST_CASE(the_router_hands_on_to_the_default)
{
    auto scripts = executor_of("echo 5");
    const plugin_registry none;
    task_router router(*scripts, none, {});
    const auto o = outcome_of(router);
    BOOST_TEST(!o.error.has_value());
    BOOST_TEST(o.executor == "script");
}

BOOST_AUTO_TEST_SUITE_END()
