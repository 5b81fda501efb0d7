// Identifiers of requests and nodes.
#pragma once

#include <string>
#include <string_view>

namespace vn {

// A UUID of version 7: sorts by the time it was made. Any thread.
std::string new_id();

// 8-4-4-4-12 hexadecimal digits; upper case is accepted.
bool is_uuid(std::string_view text) noexcept;

} // namespace vn
