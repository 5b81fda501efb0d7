// Which executor values a task: by the valuation's name. Explicit routes and names that plugins declare (R33) are
// looked up here before the default.
#pragma once

#include "execution/executor.hpp"

namespace vn {

class task_router final : public executor
{
public:
    // Borrowed; outlives the router.
    explicit task_router(executor& fallback) : fallback_(fallback) {}

    awaitable<task_outcome> run(task_input input) override;

private:
    executor& executor_for(const std::string& valuation_name);

    executor& fallback_;
};

} // namespace vn
