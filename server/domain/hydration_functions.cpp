#include "domain/hydration_functions.hpp"

namespace vn {

void hydration_functions::publish(function_table functions)
{
    auto now = std::make_shared<const function_table>(std::move(functions));
    const std::lock_guard lock(mutex_);
    functions_.swap(now);
}

std::shared_ptr<const function_table> hydration_functions::current() const
{
    const std::lock_guard lock(mutex_);
    return functions_;
}

} // namespace vn
