#include "redis/exit_point.hpp"

#include <cstdlib>
#include <unistd.h>

namespace vn::redis::exit_point {

namespace {

unsigned long number_in(const char* variable) noexcept
{
    const char* const text = std::getenv(variable);
    return text ? std::strtoul(text, nullptr, 10) : 0;
}

} // namespace

bool before_command() noexcept
{
    static const unsigned long before = number_in("VN_TEST_EXIT_BEFORE_COMMAND");
    static const unsigned long after = number_in("VN_TEST_EXIT_AFTER_COMMAND");
    static unsigned long count = 0;
    if (before == 0 && after == 0)
        return false;
    if (++count == before)
        leave();
    return count == after;
}

void leave() noexcept
{
    // As with a kill nothing is flushed, told or handed back.
    ::_exit(exit_code);
}

} // namespace vn::redis::exit_point
