#include "core/json_text.hpp"

#include "core/utf8.hpp"

#include <cstdio>

namespace vn {

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty())
    {
        const char c = text.front();
        const std::size_t length = utf8_length(text);
        if (length == 0)
            out += "\\ufffd";
        else if (c == '"' || c == '\\')
            out.append(1, '\\').append(1, c);
        else if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            out += escaped;
        }
        else
            out.append(text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

} // namespace vn
