// Text that may be anything, as UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vn {

// Length of the well-formed sequence at the start of text, which is not empty; 0 if there is none.
std::size_t utf8_length(std::string_view text) noexcept;

// About most bytes of it; what is no UTF-8, or no character of XML, becomes U+FFFD.
std::string xml_text(std::string_view text, std::size_t most);

} // namespace vn
