// Bounds on what hydration may produce and spend (R21, R22). Over them: hydration-limit or xpath-too-expensive.
#pragma once

#include "domain/document_gate.hpp"

#include <chrono>
#include <cstddef>

namespace vn {

struct hydration_limits
{
    // For every document that comes in, and as much for the live document, each task document and the response.
    document_limits document;
    std::size_t groups = 10'000;                     // of one request: each looks at all others for its task documents
    std::size_t tasks = 100'000;                     // of one group
    std::size_t group_bytes = 256u << 20;            // all task elements of one group together
    std::size_t expression_bytes = 4096;             // one XPath expression
    double steps_in_place = 2e6;                     // estimated node visits; above, an expression is evaluated apart
    double steps_in_all = 5e10;                      // the same, of all evaluations in place for one request
    std::chrono::milliseconds time_apart{10'000};    // all evaluations apart, per request and owner
    std::size_t function_calls = 100'000;            // of one group, or of the initial pass
    std::chrono::milliseconds function_time{60'000}; // the same, in functions that are not built in
    std::size_t function_bytes = 8u << 20;           // one result
    // Libraries and results from this size on (names and values) need not be in memory as trees; no limit on anything.
    std::size_t folded_bytes = 32u << 10;
};

} // namespace vn
