#include "utf8.hpp"

namespace functions::utf8 {

namespace {

bool continues(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// How many bytes the character has that begins with this one; 0 if none begins so.
std::size_t size_of(char first)
{
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xC2 ? 0 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 0;
}

char32_t decode(std::string_view character)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    switch (character.size())
    {
    case 1:
        return byte(0);
    case 2:
        return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
    case 3:
        return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    default:
        return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
    }
}

// Of what has a case here: at most three bytes.
void append(std::string& out, char32_t character)
{
    const auto add = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (character < 0x80)
        return add(character);
    if (character < 0x800)
        add(0xC0 | character >> 6);
    else
    {
        add(0xE0 | character >> 12);
        add(0x80 | (character >> 6 & 0x3F));
    }
    add(0x80 | (character & 0x3F));
}

// Capitals from first to last have their small letters `distance` further; distance 1: capitals and small letters take
// turns.
struct case_range
{
    char32_t first, last;
    char32_t distance;
};

constexpr case_range ranges[] = {
    {U'A', U'Z', 32},
    // Latin-1, Latin Extended-A, B and Additional. U+0130, U+0131 (dotted I) have partners in ASCII: left alone.
    {0x00C0, 0x00D6, 32},
    {0x00D8, 0x00DE, 32},
    {0x0100, 0x012E, 1},
    {0x0132, 0x0136, 1},
    {0x0139, 0x0147, 1},
    {0x014A, 0x0176, 1},
    {0x0179, 0x017D, 1},
    {0x01A0, 0x01A4, 1},
    {0x01AF, 0x01AF, 1},
    {0x01CD, 0x01DB, 1},
    {0x01DE, 0x01EE, 1},
    {0x01F8, 0x021E, 1},
    {0x0222, 0x0232, 1},
    {0x1E00, 0x1E94, 1},
    {0x1EA0, 0x1EFE, 1},
    // Greek
    {0x0386, 0x0386, 38},
    {0x0388, 0x038A, 37},
    {0x038C, 0x038C, 64},
    {0x038E, 0x038F, 63},
    {0x0391, 0x03A1, 32},
    {0x03A3, 0x03AB, 32},
    // Cyrillic
    {0x0400, 0x040F, 80},
    {0x0410, 0x042F, 32},
    {0x0460, 0x0480, 1},
    {0x048A, 0x04BE, 1},
    {0x04C0, 0x04C0, 15},
    {0x04C1, 0x04CD, 1},
    {0x04D0, 0x052E, 1},
};

char32_t lower(char32_t character)
{
    if (character == 0x0178)
        return 0x00FF;
    for (const auto& range : ranges)
        if (character >= range.first && character <= range.last)
            return range.distance > 1 || (character - range.first) % 2 == 0 ? character + range.distance : character;
    return character;
}

char32_t upper(char32_t character)
{
    if (character == 0x00FF)
        return 0x0178;
    if (character == 0x03C2) // the sigma at the end of words
        return 0x03A3;
    for (const auto& range : ranges)
        if (character >= range.first + range.distance && character <= range.last + range.distance &&
            (range.distance > 1 || (character - range.first) % 2 == 1))
            return character - range.distance;
    return character;
}

template <class Change>
std::string changed(std::string_view text, Change&& change)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();)
    {
        const auto character = text.substr(at, size_of(text[at]));
        const auto before = decode(character);
        const auto after = change(before);
        if (after == before)
            out += character;
        else
            append(out, after);
        at += character.size();
    }
    return out;
}

} // namespace

bool is_valid(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();)
    {
        const auto size = size_of(text[at]);
        if (size == 0 || text.size() - at < size)
            return false;
        for (std::size_t i = 1; i < size; ++i)
            if (!continues(text[at + i]))
                return false;
        const auto character = decode(text.substr(at, size));
        if ((size == 3 && (character < 0x800 || (character >= 0xD800 && character <= 0xDFFF))) ||
            (size == 4 && (character < 0x10000 || character > 0x10FFFF)))
            return false;
        at += size;
    }
    return true;
}

std::size_t length(std::string_view text)
{
    std::size_t count = 0;
    for (const char c : text)
        count += continues(c) ? 0 : 1;
    return count;
}

std::size_t offset_of(std::string_view text, std::size_t characters)
{
    std::size_t at = 0;
    for (; characters > 0 && at < text.size(); --characters)
        at += size_of(text[at]);
    return at;
}

std::string lower(std::string_view text)
{
    return changed(text, [](char32_t character) { return lower(character); });
}

std::string upper(std::string_view text)
{
    return changed(text, [](char32_t character) { return upper(character); });
}

} // namespace functions::utf8
