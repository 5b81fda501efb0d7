// The request target: decoded and judged once, so that nobody behind sees two spellings of one path.
#pragma once

#include "http/fields.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vn::http {

// Takes origin form, absolute form (whose authority is not used) and "*". False, with nothing to be used, for anything
// else and for: a bad percent sequence; encoded or bare slash tricks (%2f, backslash, "//"); "." and ".." segments in
// any spelling; control characters, also encoded; a fragment.
bool read_target(std::string_view target, std::string& path, parameters& query);

// Adds the pairs of "a=1&b=%20+". False for a bad percent sequence or an encoded NUL.
bool read_query(std::string_view text, parameters& out);

} // namespace vn::http
