// Where the keys of an INFO text stand, which Boost.PropertyTree does not tell, and what it would accept but we do not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct settings_lines
{
    struct key
    {
        std::size_t line;
        // The parser takes it for a key, but it is the second word of a value; told as a mistake already.
        bool stray;
    };
    struct mistake
    {
        std::size_t line;
        std::string what;
    };

    // In the order of the text, which is that of a walk over the tree with parents first.
    std::vector<key> keys;
    std::vector<mistake> mistakes;
    // The text with its directives blanked, for the parser, which would follow them.
    std::string text;
    // False: must not be parsed.
    bool sound = true;
};

settings_lines scan_settings(std::string_view text);

} // namespace vn
