#include "execution/xpath_sandbox_child.hpp"

#include <linux/close_range.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>

namespace vn {

namespace {

// Sanitizers map terabytes, and count blocks in their own way.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define VN_UNDER_SANITIZER 1
#endif
#endif

// What pugixml may still allocate in this process. Blocks that the parent had are not counted, but may be freed.
std::size_t allowance = 0;

void* counted_allocate(std::size_t size)
{
    if (size > allowance)
        return nullptr;
    void* block = std::malloc(size);
    if (block)
        allowance -= std::min(allowance, malloc_usable_size(block));
    return block;
}

void counted_free(void* block)
{
    if (block)
        allowance += malloc_usable_size(block);
    std::free(block);
}

void limit(__rlimit_resource what, rlim_t value)
{
    const rlimit l{value, value};
    setrlimit(what, &l);
}

#ifndef VN_UNDER_SANITIZER
// In bytes; 0 if it cannot be told.
std::size_t address_space()
{
    char text[64] = {};
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const auto size = read(fd, text, sizeof text - 1);
    close(fd);
    return size > 0 ? std::strtoull(text, nullptr, 10) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}
#endif

void confine(const xpath_sandbox_settings& settings, int pipe)
{
    // Handlers of the server must not run here: they write into pipes of its own.
    for (int sig : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPROF, SIGPIPE, SIGUSR1, SIGUSR2, SIGCHLD, SIGSEGV, SIGABRT})
        std::signal(sig, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);

    // Nothing the server has open stays open longer because of us.
    dup2(pipe, 0);
    syscall(SYS_close_range, 1U, ~0U, 0U);

    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 2);
    itimerval timer{};
    timer.it_value.tv_sec = settings.cpu_time.count() / 1000;
    timer.it_value.tv_usec = settings.cpu_time.count() % 1000 * 1000;
    setitimer(ITIMER_PROF, &timer, nullptr);

    allowance = settings.memory;
    pugi::set_memory_management_functions(counted_allocate, counted_free);
#ifndef VN_UNDER_SANITIZER
    if (const auto now = address_space())
        limit(RLIMIT_AS, now + settings.memory + (8u << 20));
#endif
}

void put(std::string& out, std::size_t number)
{
    const auto value = static_cast<std::uint32_t>(number);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

std::string answer_of(const pugi::xml_document& document, std::span<const pugi::xml_node> contexts,
                      const std::string& expression)
{
    const std::string too_expensive(1, static_cast<char>(sandbox_answer::too_expensive));
    try
    {
        const auto selected = evaluate_xpath(document, contexts, expression);
        if (!selected)
            return static_cast<char>(sandbox_answer::invalid) + selected.error().message;
        if (!selected->is_node_set)
        {
            if (selected->scalar.size() >= sandbox_answer_limit)
                return too_expensive;
            const auto size = std::to_string(selected->scalar.size());
            return static_cast<char>(sandbox_answer::scalar) + size + ':' + selected->scalar;
        }
        std::string out(1, static_cast<char>(sandbox_answer::nodes));
        for (const auto& list : number_nodes(document, *selected))
        {
            put(out, list.size());
            for (const auto number : list)
                put(out, number);
        }
        return out.size() > sandbox_answer_limit ? too_expensive : out;
    }
    catch (const std::bad_alloc&)
    {
        return too_expensive;
    }
}

} // namespace

void run_sandbox_child(int pipe, const pugi::xml_document& document, std::span<const pugi::xml_node> contexts,
                       const std::string& expression, const xpath_sandbox_settings& settings)
{
    confine(settings, pipe);
    const auto answer = answer_of(document, contexts, expression);
    for (std::string_view left = answer; !left.empty();)
    {
        const auto written = write(0, left.data(), left.size());
        if (written <= 0)
            _exit(1);
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    _exit(0);
}

} // namespace vn
