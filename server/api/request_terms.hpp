// What a client sets for its request besides the document: headers VN-Deadline and VN-Priority.
#pragma once

#include "core/error.hpp"
#include "http/request.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace vn {

// Seconds from receipt, with up to three decimals, above 0 and not above the highest; nothing if the header is not
// there. Code: bad-deadline.
result<std::optional<std::chrono::milliseconds>, failure> read_deadline(const http::request& r,
                                                                        std::chrono::seconds highest);

// high, normal (also if the header is not there) or low. Code: bad-priority.
result<std::string_view, failure> read_priority(const http::request& r);

} // namespace vn
