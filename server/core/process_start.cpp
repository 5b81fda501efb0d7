// Starting a child process. posix_spawn() knows no parent-death signal, no no_new_privs and no limits, so this is the
// same by hand: clone() that shares memory and holds this thread until the child execs. Between clone() and execve()
// the child runs on a stack of its own and does nothing but system calls: no allocation, no lock, nothing
// instrumented.
#include "core/children.hpp"
#include "core/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vn {

namespace {

// ThreadSanitizer wraps clone() and keeps a state per thread that two tasks on one memory would corrupt; there the
// child gets a copy of the memory, by a bare system call.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool shares_memory = false;
#else
constexpr bool shares_memory = true;
#endif
#else
constexpr bool shares_memory = true;
#endif

struct limit
{
    int resource;
    rlimit64 value;
};

// Everything the child needs, in the form in which system calls take it.
struct launch
{
    const char* path = nullptr;
    char* const* arguments = nullptr;
    char* const* environment = nullptr;
    const char* folder = nullptr;
    std::array<int, 4> descriptors{};
    unsigned descriptor_count = 3;
    std::array<limit, 6> limits{};
    std::size_t limit_count = 0;
    unsigned highest_descriptor = 0;
    pid_t parent = 0;
    volatile int* error = nullptr; // in memory that parent and child share in any case
};

// As the kernel has it; glibc's has another layout and refuses two of the signals.
struct kernel_sigaction
{
    unsigned long words[4];
};
constexpr std::size_t kernel_sigset_size = _NSIG / CHAR_BIT;

#define VN_BARE __attribute__((no_sanitize("address", "thread", "undefined", "function"), noinline))

VN_BARE long prepare_and_exec(const launch& l)
{
    ::syscall(SYS_setsid);
    ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    // The parent may have died before the line above.
    if (::syscall(SYS_getppid) != l.parent)
        return ESRCH;
    if (::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno;

    // Caught signals would run the parent's handlers on shared memory, and ignored ones would stay ignored.
    const kernel_sigaction by_default{};
    for (int signal = 1; signal < _NSIG; ++signal)
        ::syscall(SYS_rt_sigaction, signal, &by_default, nullptr, kernel_sigset_size);

    for (std::size_t i = 0; i < l.limit_count; ++i)
        if (::syscall(SYS_prlimit64, 0, l.limits[i].resource, &l.limits[i].value, nullptr) != 0)
            return errno;
    ::syscall(SYS_umask, 077);
    if (::syscall(SYS_chdir, l.folder) != 0)
        return errno;

    for (unsigned i = 0; i < l.descriptor_count; ++i)
        if (::syscall(SYS_dup3, l.descriptors[i], i, 0) < 0)
            return errno;
    if (::syscall(SYS_close_range, l.descriptor_count, ~0u, 0u) != 0)
        for (unsigned fd = l.descriptor_count; fd < l.highest_descriptor; ++fd)
            ::syscall(SYS_close, fd);

    const unsigned long none[2] = {0, 0};
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, nullptr, kernel_sigset_size);
    ::syscall(SYS_execve, l.path, l.arguments, l.environment);
    return errno;
}

VN_BARE int child_main(void* argument)
{
    const launch& l = *static_cast<const launch*>(argument);
    *l.error = static_cast<int>(prepare_and_exec(l));
    ::syscall(SYS_exit_group, 127);
    return 127;
}

// One child at a time: each thread has its own.
struct workshop
{
    static constexpr std::size_t stack_size = 64 << 10;
    std::byte* memory = nullptr;

    workshop()
    {
        void* mapped = ::mmap(nullptr, stack_size + 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (mapped != MAP_FAILED)
            memory = static_cast<std::byte*>(mapped);
    }
    workshop(const workshop&) = delete;
    ~workshop()
    {
        if (memory)
            ::munmap(memory, stack_size + 4096);
    }
    void* stack_top() const { return memory + stack_size; }
    volatile int* error() const { return reinterpret_cast<volatile int*>(memory + stack_size); }
};

VN_BARE pid_t clone_child(launch& l, void* stack_top, int& pidfd)
{
    constexpr int flags = CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
    if constexpr (shares_memory)
        return ::clone(child_main, stack_top, flags | CLONE_VM, &l, &pidfd);
    const long child = ::syscall(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr);
    if (child == 0)
        child_main(&l);
    return static_cast<pid_t>(child);
}

// A descriptor that dup3() onto 0 to 3 cannot overwrite before its turn.
class high_descriptor
{
    int fd_ = -1;
    bool owned_ = false;

public:
    explicit high_descriptor(int given)
    {
        fd_ = given;
        if (given < 0)
        {
            fd_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
            owned_ = true;
        }
        if (fd_ >= 0 && fd_ < 4)
        {
            const int low = fd_;
            fd_ = ::fcntl(low, F_DUPFD_CLOEXEC, 4);
            if (owned_)
                ::close(low);
            owned_ = true;
        }
    }
    high_descriptor(const high_descriptor&) = delete;
    ~high_descriptor()
    {
        if (owned_ && fd_ >= 0)
            ::close(fd_);
    }
    int get() const noexcept { return fd_; }
};

void add_limit(launch& l, int resource, std::uint64_t value)
{
    rlimit64 now{};
    if (::getrlimit64(static_cast<__rlimit_resource>(resource), &now) != 0)
        return;
    // What is allowed already cannot be raised, and need not be.
    const auto allowed = std::min<std::uint64_t>(value, now.rlim_max);
    l.limits[l.limit_count++] = {resource, {allowed, allowed}};
}

void add_limits(launch& l, const process_limits& limits)
{
    add_limit(l, RLIMIT_CORE, 0);
    if (limits.open_files != 0)
        add_limit(l, RLIMIT_NOFILE, limits.open_files);
    if (limits.memory_bytes != 0)
        add_limit(l, RLIMIT_AS, limits.memory_bytes);
    if (limits.file_bytes != 0)
        add_limit(l, RLIMIT_FSIZE, limits.file_bytes);
    if (limits.processes != 0)
        add_limit(l, RLIMIT_NPROC, limits.processes);
    if (limits.cpu.count() != 0)
        add_limit(l, RLIMIT_CPU, static_cast<std::uint64_t>(limits.cpu.count()));
}

std::vector<char*> pointers_to(const std::string* first, const std::vector<std::string>& rest)
{
    // execve() takes char* for history's sake and changes nothing.
    std::vector<char*> list;
    list.reserve(rest.size() + 2);
    if (first)
        list.push_back(const_cast<char*>(first->c_str()));
    for (const auto& text : rest)
        list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

error_code system_error_of(int number)
{
    return {number, boost::system::system_category()};
}

} // namespace

bool is_shortage(const error_code& ec) noexcept
{
    return ec.category() == boost::system::system_category() &&
           (ec.value() == EMFILE || ec.value() == ENFILE || ec.value() == ENOMEM || ec.value() == EAGAIN);
}

result<started_process> start_process(const process_plan& plan)
{
    thread_local const workshop shop;
    const high_descriptor in(plan.in);
    const high_descriptor out(plan.out);
    const high_descriptor err(plan.err);
    // Without one nothing is opened in its place.
    const high_descriptor channel(plan.channel < 0 ? plan.in : plan.channel);
    if (!shop.memory || in.get() < 0 || out.get() < 0 || err.get() < 0 || channel.get() < 0)
        return system_error_of(shop.memory ? EMFILE : ENOMEM);

    const auto arguments = pointers_to(&plan.path, plan.arguments);
    const auto environment = pointers_to(nullptr, plan.environment);
    rlimit open_files{};
    ::getrlimit(RLIMIT_NOFILE, &open_files);

    launch l;
    l.path = plan.path.c_str();
    l.arguments = arguments.data();
    l.environment = environment.data();
    l.folder = plan.folder.c_str();
    l.descriptors = {in.get(), out.get(), err.get(), channel.get()};
    l.descriptor_count = plan.channel < 0 ? 3 : 4;
    l.highest_descriptor = static_cast<unsigned>(std::min<rlim_t>(open_files.rlim_cur, 1 << 16));
    l.parent = ::getpid();
    l.error = shop.error();
    add_limits(l, plan.limits);

    int pidfd = -1;
    int child_error = 0;
    const pid_t child = children::start(
        [&] {
            sigset_t all;
            sigset_t before;
            ::sigfillset(&all);
            ::pthread_sigmask(SIG_SETMASK, &all, &before);
            *l.error = 0;
            const pid_t id = clone_child(l, shop.stack_top(), pidfd);
            const int clone_error = errno;
            child_error = *l.error;
            ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
            errno = clone_error;
            return id;
        },
        plan.mark);
    if (child < 0)
        return system_error_of(errno);
    if (child_error == 0)
        return started_process{child, pidfd};

    // It has ended, or is about to: clone() returns when the child lets go of the memory, a moment before.
    ::close(pidfd);
    for (int status = 0; !children::reap(child, status);)
        ::sched_yield();
    return system_error_of(child_error);
}

} // namespace vn
