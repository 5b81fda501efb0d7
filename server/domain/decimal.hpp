// Positive decimal numbers as text. No binary fractions and no locale take part.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vn {

// `digits[.digits]` or `.digits`, at most 64 characters, above zero; rounded half up to two decimals, no needless
// zeros in front: "7", "07.125", ".5" give "7.00", "7.13", "0.50". Nothing for any other text.
std::optional<std::string> with_two_decimals(std::string_view number);

} // namespace vn
