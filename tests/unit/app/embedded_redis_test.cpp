// With the real redis-server.
#include "app/embedded_redis.hpp"
#include "core/children.hpp"
#include "core/log.hpp"
#include "core/task_group.hpp"

#include "support/io_fixture.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vn;
using namespace std::chrono_literals;

namespace {

struct fixture : test::io_fixture
{
    std::filesystem::path folder;
    embedded_redis_settings settings;

    fixture()
    {
        log::start(log::level::off, log::format::json);
        children::become_subreaper();
        char name[] = "/tmp/vn-redis-test-XXXXXX";
        folder = ::mkdtemp(name);
        settings.data_dir = folder / "data";
        settings.first_pause = 1ms;
    }
    ~fixture()
    {
        std::filesystem::remove_all(folder);
        siginfo_t info{};
        BOOST_TEST(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0, "a child process was left behind");
    }

    // The first line of the answer to an inline command.
    awaitable<std::string> ask(std::string url, std::string command)
    {
        asio::local::stream_protocol::socket socket(ctx);
        auto [no_connection] = co_await socket.async_connect(url.substr(7), as_result);
        if (no_connection)
            co_return "no connection";
        co_await asio::async_write(socket, asio::buffer(command += "\r\n"), as_result);
        std::string answer;
        co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), "\r\n", as_result);
        co_return answer.substr(0, answer.find('\r'));
    }

    // All of it.
    awaitable<std::string> ask_all(std::string url, std::string command)
    {
        asio::local::stream_protocol::socket socket(ctx);
        co_await socket.async_connect(url.substr(7), as_result);
        co_await asio::async_write(socket, asio::buffer(command += "\r\nQUIT\r\n"), as_result);
        std::string answer;
        co_await asio::async_read(socket, asio::dynamic_buffer(answer), as_result);
        co_return answer;
    }

    awaitable<std::string> start(embedded_redis& redis)
    {
        const auto url = co_await redis.start();
        BOOST_TEST_REQUIRE(url.has_value(), url.error().message);
        co_return *url;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(embedded, fixture)

BOOST_AUTO_TEST_CASE(answers_when_started_and_is_gone_when_stopped)
{
    run([&]() -> awaitable<void> {
        embedded_redis redis(ctx.get_executor(), settings);
        const auto url = co_await start(redis);
        BOOST_TEST(url == "unix://" + settings.data_dir + "/redis/redis.sock");
        const auto pid = redis.process_id();
        BOOST_TEST(pid > 0);
        const auto pong = co_await ask(url, "PING");
        BOOST_TEST(pong == "+PONG");
        BOOST_TEST(::getsid(pid) == pid); // Ctrl-C does not reach it
        co_await redis.stop();
        BOOST_TEST(redis.process_id() == 0);
        BOOST_TEST(::kill(pid, 0) != 0);
        BOOST_TEST(!std::filesystem::exists(url.substr(7)));
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(is_set_up_as_promised)
{
    run([&]() -> awaitable<void> {
        embedded_redis redis(ctx.get_executor(), settings);
        const auto url = co_await start(redis);
        for (const auto& [name, value] :
             {std::pair("appendonly", "yes"), std::pair("appendfsync", "everysec"),
              std::pair("maxmemory-policy", "noeviction"), std::pair("port", "0"), std::pair("unixsocketperm", "700")})
        {
            const auto answer = co_await ask_all(url, std::string("CONFIG GET ") + name);
            BOOST_TEST(answer.find("\r\n" + std::string(value) + "\r\n") != std::string::npos, name << ": " << answer);
        }
        struct stat info{};
        ::stat((settings.data_dir + "/redis").c_str(), &info);
        BOOST_TEST((info.st_mode & 0777u) == 0700u);
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(keeps_what_it_was_given)
{
    run([&]() -> awaitable<void> {
        for (const char* expected : {"$-1", "$5"})
        {
            embedded_redis redis(ctx.get_executor(), settings);
            const auto url = co_await start(redis);
            const auto found = co_await ask(url, "GET key");
            BOOST_TEST(found == expected);
            const auto set = co_await ask(url, "SET key value");
            BOOST_TEST(set == "+OK");
            co_await redis.stop();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_half_written_file_is_loaded_up_to_there)
{
    run([&]() -> awaitable<void> {
        embedded_redis first(ctx.get_executor(), settings);
        auto url = co_await start(first);
        co_await ask(url, "SET key value");
        co_await first.stop();
        int cut = 0;
        for (const auto& entry : std::filesystem::directory_iterator(settings.data_dir + "/redis/appendonlydir"))
            if (entry.path().string().ends_with(".incr.aof"))
            {
                std::ofstream(entry.path(), std::ios::app) << "*3\r\n$3\r\nSET\r\n$5\r\nother\r\n$10\r\nhal";
                ++cut;
            }
        BOOST_TEST(cut == 1);
        embedded_redis second(ctx.get_executor(), settings);
        url = co_await start(second);
        const auto found = co_await ask(url, "GET key");
        BOOST_TEST(found == "$5");
        co_await second.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_folder_belongs_to_one_server)
{
    run([&]() -> awaitable<void> {
        embedded_redis first(ctx.get_executor(), settings);
        const auto url = co_await start(first);
        embedded_redis second(ctx.get_executor(), settings);
        const auto refused = co_await second.start();
        BOOST_TEST_REQUIRE(!refused.has_value());
        BOOST_TEST(refused.error().code == "data-folder-in-use");
        BOOST_TEST(refused.error().message.find("process " + std::to_string(::getpid())) != std::string::npos);
        co_await second.stop();
        const auto pong = co_await ask(url, "PING"); // the first is untouched
        BOOST_TEST(pong == "+PONG");
        co_await first.stop();
    });
}

BOOST_AUTO_TEST_CASE(one_that_outlived_its_server_is_ended_first)
{
    run([&]() -> awaitable<void> {
        // With and without the pid file: without, the socket tells who it is.
        for (const bool keep_pid_file : {true, false})
        {
            const auto path = std::filesystem::path(settings.data_dir) / "redis";
            std::filesystem::create_directories(path);
            process_plan plan;
            plan.path = "/usr/bin/redis-server";
            plan.folder = path;
            plan.arguments = {"--port",       "0",   "--unixsocket", path / "redis.sock",
                              "--appendonly", "yes", "--pidfile",    path / "redis.pid"};
            auto old = process::start(ctx.get_executor(), plan);
            BOOST_TEST_REQUIRE(old.has_value());
            const auto url = "unix://" + (path / "redis.sock").string();
            std::string pong;
            while (pong != "+PONG")
            {
                co_await pause_for(1ms);
                pong = co_await ask(url, "PING");
            }
            co_await ask(url, "INCR starts");
            if (!keep_pid_file)
                std::filesystem::remove(path / "redis.pid");

            task_group group(ctx.get_executor(), [](std::exception_ptr) {});
            group.spawn([&]() -> awaitable<void> { co_await old->wait(); }); // its parent reaps it
            embedded_redis redis(ctx.get_executor(), settings);
            const auto own = co_await start(redis);
            group.close();
            co_await group.join();
            BOOST_TEST(old->has_ended());
            BOOST_TEST(old->end().signal == 0);
            const auto kept = co_await ask(own, "GET starts");
            BOOST_TEST(kept == "$1");
            co_await redis.stop();
        }
    });
}

BOOST_AUTO_TEST_CASE(files_of_a_killed_server_do_no_harm)
{
    run([&]() -> awaitable<void> {
        const auto path = std::filesystem::path(settings.data_dir) / "redis";
        std::filesystem::create_directories(path);
        std::ofstream(path / "redis.sock") << "not a socket";
        std::ofstream(path / "redis.pid") << ::getpid() << '\n'; // the number belongs to somebody else now
        std::ofstream(std::filesystem::path(settings.data_dir) / "lock") << "12345\n";
        embedded_redis redis(ctx.get_executor(), settings);
        const auto url = co_await start(redis);
        const auto pong = co_await ask(url, "PING");
        BOOST_TEST(pong == "+PONG");
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(is_started_again_when_it_dies)
{
    run([&]() -> awaitable<void> {
        embedded_redis redis(ctx.get_executor(), settings);
        const auto url = co_await start(redis);
        co_await ask(url, "SET key value");
        task_group group(ctx.get_executor(), [](std::exception_ptr) {});
        group.spawn([&] { return redis.run(); });
        for (int i = 0; i < 3; ++i)
        {
            const auto before = redis.process_id();
            ::kill(before, SIGKILL);
            while (redis.process_id() == 0 || redis.process_id() == before)
                co_await pause_for(1ms);
            std::string found;
            while (found != "$5")
            {
                co_await pause_for(1ms);
                found = co_await ask(url, "GET key");
            }
        }
        group.close();
        group.cancel(asio::cancellation_type::terminal);
        co_await group.join();
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_long_path_gets_a_short_socket)
{
    settings.data_dir = folder / std::string(100, 'd') / "100% ? data";
    run([&]() -> awaitable<void> {
        std::string short_folder;
        {
            embedded_redis redis(ctx.get_executor(), settings);
            const auto url = co_await start(redis);
            BOOST_TEST(url.starts_with("unix:///tmp/vn-redis-"));
            const auto pong = co_await ask(url, "PING");
            BOOST_TEST(pong == "+PONG");
            short_folder = std::filesystem::path(url.substr(7)).parent_path();
            struct stat info{};
            ::stat(short_folder.c_str(), &info);
            BOOST_TEST((info.st_mode & 0777u) == 0700u);
            co_await redis.stop();
        }
        BOOST_TEST(!std::filesystem::exists(short_folder));

        // One that a killed server left is removed by the next.
        char left[] = "/tmp/vn-redis-XXXXXX";
        BOOST_TEST_REQUIRE(::mkdtemp(left));
        std::filesystem::create_symlink(left, settings.data_dir + "/redis/short");
        embedded_redis redis(ctx.get_executor(), settings);
        co_await start(redis);
        BOOST_TEST(!std::filesystem::exists(left));
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(odd_characters_are_escaped_in_the_url)
{
    settings.data_dir = folder / "a%b c?d";
    run([&]() -> awaitable<void> {
        embedded_redis redis(ctx.get_executor(), settings);
        const auto url = co_await start(redis);
        BOOST_TEST(url == "unix://" + folder.string() + "/a%25b%20c%3Fd/redis/redis.sock");
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_start)
{
    run([&]() -> awaitable<void> {
        const auto failure_of = [&]() -> awaitable<failure> {
            embedded_redis redis(ctx.get_executor(), settings);
            const auto r = co_await redis.start();
            BOOST_TEST_REQUIRE(!r.has_value());
            co_await redis.stop();
            co_return r.error();
        };
        settings.program = "no-such-redis-server";
        auto f = co_await failure_of();
        BOOST_TEST(f.code == "redis-not-startable");
        BOOST_TEST(f.message.find("no-such-redis-server") != std::string::npos);

        settings.program = "/bin/false";
        f = co_await failure_of();
        BOOST_TEST(f.code == "redis-not-startable");
        BOOST_TEST(f.message.find("code 1") != std::string::npos, f.message);

        settings.program = "redis-server";
        {
            embedded_redis redis(ctx.get_executor(), settings);
            co_await start(redis);
            co_await redis.stop();
        }
        for (const auto& entry : std::filesystem::directory_iterator(settings.data_dir + "/redis/appendonlydir"))
            if (entry.path().string().ends_with(".incr.aof"))
                std::ofstream(entry.path()) << "this is no append-only file\n";
        f = co_await failure_of();
        BOOST_TEST(f.code == "redis-not-startable");
        BOOST_TEST(f.message.find("Bad file format") != std::string::npos, f.message);

        std::ofstream(folder / "file") << "x";
        settings.data_dir = folder / "file";
        f = co_await failure_of();
        BOOST_TEST(f.code == "data-folder");
    });
}

BOOST_AUTO_TEST_CASE(one_that_does_not_answer_in_time_is_not_waited_for)
{
    const auto path = folder / "silent";
    std::ofstream(path) << "#!/bin/sh\ntrap '' TERM\nexec sleep 1000\n";
    ::chmod(path.c_str(), 0755);
    settings.program = path;
    settings.start_timeout = 50ms;
    settings.stop_timeout = 50ms;
    run([&]() -> awaitable<void> {
        embedded_redis redis(ctx.get_executor(), settings);
        const auto r = co_await redis.start();
        BOOST_TEST(r.error().code == "redis-not-ready");
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_CASE(the_log_is_bounded)
{
    run([&]() -> awaitable<void> {
        const auto path = std::filesystem::path(settings.data_dir) / "redis";
        std::filesystem::create_directories(path);
        std::ofstream(path / "redis.log") << std::string(5 << 20, 'x');
        embedded_redis redis(ctx.get_executor(), settings);
        co_await start(redis);
        BOOST_TEST(std::filesystem::file_size(path / "redis.log") < 100'000u);
        co_await redis.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
