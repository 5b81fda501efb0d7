// JSON strings for answers, records and log lines that are written piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace vn {

// Appends text in quotes. Control characters are escaped, invalid UTF-8 becomes U+FFFD: the outcome is always JSON.
void append_json_string(std::string& out, std::string_view text);

inline std::string json_string(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

} // namespace vn
