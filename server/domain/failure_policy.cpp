#include "domain/failure_policy.hpp"

#include <iterator>

namespace vn {

namespace {

// In the order of the values.
constexpr std::string_view names[] = {"finish", "fail-fast", "continue"};

} // namespace

std::string_view name_of(failure_policy policy) noexcept
{
    return names[static_cast<int>(policy)];
}

std::optional<failure_policy> failure_policy_of(std::string_view name) noexcept
{
    for (std::size_t i = 0; i < std::size(names); ++i)
        if (names[i] == name)
            return static_cast<failure_policy>(i);
    return std::nullopt;
}

} // namespace vn
