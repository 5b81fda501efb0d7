#include "execution/xpath_sandbox.hpp"

#include "core/children.hpp"
#include "execution/xpath_sandbox_child.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <thread>

namespace vn {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto longest_shortage = std::chrono::seconds(5);
constexpr auto shortage_pause = std::chrono::milliseconds(20);

class descriptor
{
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    ~descriptor() { reset(); }
    int get() const noexcept { return fd_; }
    void reset() noexcept
    {
        if (fd_ >= 0)
            close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

failure failed(const char* code, std::string message)
{
    return failure{.code = code, .message = std::move(message)};
}

failure too_expensive(const std::string& expression)
{
    return failed("xpath-too-expensive", "XPath '" + expression + "' takes too long on this document.");
}

// Descriptors and processes that others use now come back soon.
template <class Step>
bool insist(Step step)
{
    const auto end = clock::now() + longest_shortage;
    while (!step())
    {
        if (clock::now() >= end)
            return false;
        std::this_thread::sleep_for(shortage_pause);
    }
    return true;
}

// Signals stay blocked across the fork, so that no handler of the server can run in the child.
pid_t fork_child(int pipe, const pugi::xml_document& document, std::span<const pugi::xml_node> contexts,
                 const std::string& expression, const xpath_sandbox_settings& settings)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t child = children::start([&] {
        const pid_t pid = fork();
        if (pid == 0)
            run_sandbox_child(pipe, document, contexts, expression, settings);
        return pid;
    });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return child;
}

// Empty if the child did not come to an answer in time.
std::string read_answer(int pipe, clock::time_point deadline)
{
    std::string answer;
    for (;;)
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
        pollfd waiting{pipe, POLLIN, 0};
        const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return {};
        char buffer[65536];
        const auto size = read(pipe, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 || answer.size() > sandbox_answer_limit + 65536)
            return {};
        if (size == 0)
            return answer;
        answer.append(buffer, static_cast<std::size_t>(size));
    }
}

// It has answered or used up its time: there is nothing to wait for but its end.
bool end_child(pid_t child)
{
    kill(child, SIGKILL);
    int status = 0;
    pid_t got = 0;
    do
        got = waitpid(child, &status, 0);
    while (got < 0 && errno == EINTR);
    children::forget(child);
    return got == child;
}

bool take_numbers(std::string_view bytes, std::size_t contexts, std::vector<std::vector<std::uint32_t>>& numbers)
{
    const auto take = [&](std::uint32_t& number) {
        if (bytes.size() < sizeof number)
            return false;
        std::memcpy(&number, bytes.data(), sizeof number);
        bytes.remove_prefix(sizeof number);
        return true;
    };
    for (std::size_t i = 0; i < contexts; ++i)
    {
        std::uint32_t count = 0;
        if (!take(count) || count > bytes.size() / sizeof count)
            return false;
        auto& list = numbers.emplace_back(count);
        for (auto& number : list)
            take(number);
    }
    return bytes.empty();
}

bool take_scalar(std::string_view bytes, std::string& scalar)
{
    const auto colon = bytes.find(':');
    if (colon == bytes.npos || bytes.substr(0, colon) != std::to_string(bytes.size() - colon - 1))
        return false;
    scalar = bytes.substr(colon + 1);
    return true;
}

} // namespace

result<xpath_selection, failure> xpath_sandbox::blocking_evaluate(const pugi::xml_document& document,
                                                                  std::span<const pugi::xml_node> contexts,
                                                                  const std::string& expression,
                                                                  std::chrono::milliseconds& spent) const
{
    int ends[2];
    if (!insist([&] { return pipe2(ends, O_CLOEXEC) == 0; }))
        return failed("xpath-unavailable", "No pipe for evaluating XPath.");
    descriptor from(ends[0]);
    descriptor to(ends[1]);

    pid_t child = -1;
    auto start = clock::now();
    const bool forked = insist([&] {
        start = clock::now();
        child = fork_child(to.get(), document, contexts, expression, settings_);
        return child >= 0;
    });
    if (!forked)
        return failed("xpath-unavailable", "No process for evaluating XPath.");
    to.reset();
    const auto answer = read_answer(from.get(), start + settings_.wall_time);
    end_child(child);
    spent += std::chrono::ceil<std::chrono::milliseconds>(clock::now() - start);

    if (answer.empty() || answer[0] == static_cast<char>(sandbox_answer::too_expensive))
        return too_expensive(expression);
    xpath_selection selected;
    switch (static_cast<sandbox_answer>(answer[0]))
    {
    case sandbox_answer::invalid:
        return failed("xpath-invalid", answer.substr(1));
    case sandbox_answer::scalar:
        selected.is_node_set = false;
        if (!take_scalar(std::string_view(answer).substr(1), selected.scalar))
            return too_expensive(expression);
        return selected;
    default:
        break;
    }
    std::vector<std::vector<std::uint32_t>> numbers;
    // An answer that was cut off comes from a child that was killed while it wrote.
    if (!take_numbers(std::string_view(answer).substr(1), contexts.size(), numbers) ||
        !find_nodes(document, numbers, selected))
        return too_expensive(expression);
    return selected;
}

} // namespace vn
