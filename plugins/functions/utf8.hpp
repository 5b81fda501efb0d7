// Text as characters (Unicode code points), not bytes. Whatever goes in as UTF-8 comes out as UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace functions::utf8 {

// Well-formed by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_valid(std::string_view text);

// ---- Of well-formed text only ----

std::size_t length(std::string_view text);

// Where the character after so many others begins; text.size() if there are not so many.
std::size_t offset_of(std::string_view text, std::size_t characters);

// Character by character, so that the length in characters stays: "ß" has no capital of its own and stays as it is.
// Latin with the accents of European languages and Vietnamese, Greek and Cyrillic; everything else stays.
std::string lower(std::string_view text);
std::string upper(std::string_view text);

} // namespace functions::utf8
