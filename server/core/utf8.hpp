// Text that may be anything, as UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace vn {

// Length of the well-formed sequence at the start of text, which is not empty; 0 if there is none.
std::size_t utf8_length(std::string_view text) noexcept;

} // namespace vn
