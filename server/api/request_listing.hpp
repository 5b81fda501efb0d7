// GET /valuation, and the tasks in GET /valuation/{id}/status. I/O thread only.
#pragma once

#include "engine/request_list.hpp"
#include "engine/request_view.hpp"
#include "engine/task_list.hpp"
#include "http/router.hpp"

#include <optional>

namespace vn {

class request_listing
{
public:
    explicit request_listing(request_list& requests) : requests_(requests) {}

    void add_routes(http::router& routes);
    awaitable<http::reply> get(http::request& r);

private:
    request_list& requests_;
};

// ?tasks=open|all with group= (else the current one), from= and limit=; nothing if tasks is not there.
// Codes: bad-tasks, bad-limit.
result<std::optional<task_query>, failure> read_task_query(const http::request& r, const request_view& v);

// ,"tasks":[...],"nextTask":N|null
void append_tasks(std::string& json, const task_page& page);

// ,"name":"time" or null
void append_time(std::string& json, std::string_view name, std::string_view time);

} // namespace vn
