#include "core/base64url.hpp"

#include <cstdint>

namespace vn {

namespace {

int digit(char c) noexcept
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

} // namespace

std::optional<std::string> decode_base64url(std::string_view text)
{
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : text)
    {
        const int value = digit(c);
        if (value < 0)
            return std::nullopt;
        held = (held << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
        bits += 6;
        if (bits >= 8)
        {
            bits -= 8;
            out += static_cast<char>(held >> bits & 0xff);
        }
    }
    const bool is_whole = text.size() % 4 != 1 && (held & ((1u << bits) - 1)) == 0;
    return is_whole ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace vn
