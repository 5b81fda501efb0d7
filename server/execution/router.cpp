#include "execution/router.hpp"

namespace vn {

executor& task_router::executor_for(const std::string&)
{
    return fallback_;
}

awaitable<task_outcome> task_router::run(task_input input)
{
    auto& chosen = executor_for(input.valuation_name);
    return chosen.run(std::move(input));
}

} // namespace vn
