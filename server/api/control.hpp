// DELETE /valuation/{id}, POST /valuation/{id}/retry. I/O thread only.
#pragma once

#include "engine/request_control.hpp"
#include "http/router.hpp"

namespace vn {

class control_api
{
public:
    explicit control_api(request_control& control) : control_(control) {}

    void add_routes(http::router& routes);

private:
    awaitable<http::reply> cancel(http::request& r);
    awaitable<http::reply> retry(http::request& r);

    request_control& control_;
};

// Who makes a call, as the audit has it.
operator_call caller_of(const http::request& r);

// 202 for a request that goes on in the background.
http::reply accepted(std::string_view request_id, std::string_view status);

// The answer to a call whose script did not do what it was asked for; word is one of those of request_control and
// dead_letters.
http::reply refusal_of(const control_answer& answer, std::string_view request_id);

// For a script that Redis did not run, or of which it did not tell.
http::reply not_done(error_code why);

} // namespace vn
