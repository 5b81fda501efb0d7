// What a client sets for its request besides the document: header VN-Deadline.
#pragma once

#include "core/error.hpp"
#include "http/request.hpp"

#include <chrono>
#include <optional>

namespace vn {

// Seconds from receipt, with up to three decimals, above 0 and not above the highest; nothing if the header is not
// there. Code: bad-deadline.
result<std::optional<std::chrono::milliseconds>, failure> read_deadline(const http::request& r,
                                                                        std::chrono::seconds highest);

} // namespace vn
