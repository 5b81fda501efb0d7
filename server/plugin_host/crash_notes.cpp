#include "plugin_host/crash_notes.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <ucontext.h>
#include <unistd.h>

namespace vn::plugin_host {

namespace {

std::uintptr_t stack_pointer(const void* context)
{
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return static_cast<std::uintptr_t>(machine.gregs[REG_RSP]);
#elif defined(__aarch64__)
    return static_cast<std::uintptr_t>(machine.sp);
#else
    (void)machine;
    return 0;
#endif
}

void on_fault(int, siginfo_t* info, void* context)
{
    // A frame that does not fit any more is touched near the stack pointer; large ones a little further off.
    constexpr std::uintptr_t near = 1 << 20;
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    const auto sp = stack_pointer(context);
    if (sp != 0 && address > near && address - near < sp && sp - near < address)
    {
        constexpr std::string_view line = "stack overflow\n";
        [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
    }
    // SA_RESETHAND: the instruction faults again when this returns, and ends the process.
}

} // namespace

void note_stack_overflow()
{
    static std::array<std::byte, 32 << 10> memory;
    stack_t stack{};
    stack.ss_sp = memory.data();
    stack.ss_size = memory.size();
    ::sigaltstack(&stack, nullptr);

    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGSEGV, &action, nullptr);
    ::sigaction(SIGBUS, &action, nullptr);
}

} // namespace vn::plugin_host
