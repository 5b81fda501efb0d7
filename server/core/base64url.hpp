// Base64 as tokens and keys have it (RFC 4648, section 5): '-' and '_', no '=', no line ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vn {

// Nothing if text is none. Each value has one text only: bits that say nothing have to be 0.
std::optional<std::string> decode_base64url(std::string_view text);

} // namespace vn
