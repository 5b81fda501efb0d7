// bench-spawn: starts a script over and over, so many at once, gives it a document and reads what it prints. Prints one
// JSON object: {"calls","seconds"}.
#include <CLI/CLI.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

extern char** environ;

namespace {

using clock = std::chrono::steady_clock;

void check(int error, const char* what)
{
    if (error != 0)
        throw std::system_error(error, std::generic_category(), what);
}

struct pipe_ends
{
    int read = -1;
    int write = -1;

    pipe_ends()
    {
        int ends[2];
        check(::pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno, "pipe");
        read = ends[0];
        write = ends[1];
    }
    pipe_ends(const pipe_ends&) = delete;
    ~pipe_ends()
    {
        close(read);
        close(write);
    }
    static void close(int& end)
    {
        if (end >= 0)
            ::close(std::exchange(end, -1));
    }
};

// Documents stay below what a pipe holds, so that no script can make this wait.
void run_once(const char* script, const std::string& document)
{
    pipe_ends in;
    pipe_ends out;
    posix_spawn_file_actions_t actions;
    check(::posix_spawn_file_actions_init(&actions), "posix_spawn");
    ::posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
    pid_t child = 0;
    char* words[] = {const_cast<char*>(script), nullptr};
    const int error = ::posix_spawn(&child, script, &actions, nullptr, words, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    check(error, "posix_spawn");
    pipe_ends::close(in.read);
    pipe_ends::close(out.write);
    // A script that reads nothing may have ended.
    [[maybe_unused]] const auto written = ::write(in.write, document.data(), document.size());
    pipe_ends::close(in.write);
    char buffer[4096];
    std::size_t printed = 0;
    for (ssize_t n = 0; (n = ::read(out.read, buffer, sizeof buffer)) > 0;)
        printed += static_cast<std::size_t>(n);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0 || printed == 0)
        throw std::runtime_error("the script failed");
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("Starts a script over and over; prints one JSON object.", "bench-spawn");
    std::string script;
    std::string file;
    std::size_t at_once = 1;
    double seconds = 1;
    arguments.add_option("--script", script)->required()->check(CLI::ExistingFile);
    arguments.add_option("--document", file)->required()->check(CLI::ExistingFile);
    arguments.add_option("--at-once", at_once)->capture_default_str()->check(CLI::Range(1, 64));
    arguments.add_option("--seconds", seconds)->capture_default_str()->check(CLI::Range(0.001, 60.0));
    try
    {
        arguments.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return arguments.exit(e) == 0 ? 0 : 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::ifstream in(file, std::ios::binary);
    const std::string document{std::istreambuf_iterator<char>(in), {}};

    std::atomic<std::size_t> calls = 0;
    std::mutex guard;
    std::string wrong;
    const auto begin = clock::now();
    const auto until = begin + std::chrono::duration<double>(seconds);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < at_once; ++i)
            threads.emplace_back([&] {
                try
                {
                    for (; clock::now() < until; ++calls)
                        run_once(script.c_str(), document);
                }
                catch (const std::exception& e)
                {
                    const std::lock_guard lock(guard);
                    wrong = e.what();
                }
            });
    }
    const std::chrono::duration<double> took = clock::now() - begin;
    if (!wrong.empty())
    {
        std::cerr << "bench-spawn: " << wrong << '\n';
        return 1;
    }
    std::cout << R"({"calls":)" << calls << R"(,"seconds":)" << took.count() << "}" << std::endl;
    return 0;
}
