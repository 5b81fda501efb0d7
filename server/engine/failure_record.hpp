// How failed attempts and failed requests are written down.
#pragma once

#include "core/error.hpp"
#include "domain/group_progress.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// {"taskId","groupIdx","attempt","code","error","at","retryable"}: in the group hash, and in a request's failures.
std::string failure_record(const task_failure& f, std::size_t group);
// nullopt if the text is no such record.
std::optional<task_failure> parse_failure_record(std::string_view text);

// Why a request ended without a response.
struct request_failure
{
    std::string stage; // document, hydration, tasks, response
    std::optional<std::size_t> group;
    failure why;
    std::vector<task_failure> tasks;
};

// The text of cache:request:<id>:failure. At most most tasks are listed; the number of all is in "failed".
std::string failure_document(std::string_view id, const request_failure& f, std::size_t most = 1000);

} // namespace vn
