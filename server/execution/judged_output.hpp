// What an executor gave back for a task, judged: the result to store, or why it is none.
#pragma once

#include "core/async.hpp"
#include "domain/document_gate.hpp"
#include "execution/executor.hpp"

#include <string>

namespace vn {

// Sets result, or error and retryable. Large ones are judged on the pool; document and output are borrowed.
awaitable<void> judge_output(asio::thread_pool& pool, const std::string& document, const std::string& output,
                             document_limits limits, task_outcome& outcome);

} // namespace vn
