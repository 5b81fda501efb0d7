// POST /valuation, GET /valuation/{id}/status, GET /valuation/{id}/results. I/O thread only.
#pragma once

#include "engine/request_view.hpp"
#include "engine/submission.hpp"
#include "engine/task_list.hpp"
#include "http/router.hpp"

#include <chrono>

namespace vn {

struct valuation_settings
{
    std::size_t payload_max_bytes = 10 << 20;
    std::chrono::milliseconds sync_wait{120'000};
    std::chrono::seconds highest_deadline{2'678'400};
};

class valuation_api
{
public:
    valuation_api(asio::any_io_executor ex, submission& submissions, request_views& views, task_lists& tasks,
                  valuation_settings s);

    void add_routes(http::router& routes);

    awaitable<http::reply> post(http::request& r);
    awaitable<http::reply> status(http::request& r);
    awaitable<http::reply> results(http::request& r);

private:
    awaitable<http::reply> answer(std::string id, bool is_new, lifecycle_feed::watch& watch, clock::duration limit);

    asio::any_io_executor ex_;
    submission& submissions_;
    request_views& views_;
    task_lists& tasks_;
    valuation_settings settings_;
};

} // namespace vn
