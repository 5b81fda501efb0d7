#include "http/head.hpp"

#include "http/fields.hpp"

#include <algorithm>

namespace vn::http {

namespace {

constexpr std::size_t longest_method = 32;
constexpr std::size_t longest_name = 256;
// " HTTP/1.1" and a space.
constexpr std::size_t line_extra = longest_method + 10;

constexpr refusal bad(std::string_view message)
{
    return {400, "bad-request", message};
}
constexpr refusal target_too_long{414, "target-too-long", "The request target is too long."};
constexpr refusal header_too_large{431, "header-too-large", "The request header is too large."};
constexpr refusal too_many_fields{431, "too-many-header-fields", "The request has too many header fields."};

bool is_token_char(char c) noexcept
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) noexcept
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<refusal> check_request_line(std::string_view line, const head_limits& limits, bool& old)
{
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || first == last)
        return bad("The request line is not valid.");
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);

    if (!is_token(method) || method.size() > longest_method)
        return bad("The request method is not valid.");
    if (target.size() > limits.target)
        return target_too_long;
    if (target.empty() || !std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
        return bad("The request target is not valid.");
    if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
        !is_digit(version[7]))
        return bad("The request line is not valid.");
    old = version == "HTTP/1.0";
    if (!old && version != "HTTP/1.1")
        return refusal{505, "http-version-not-supported", "This server speaks HTTP/1.1."};
    return {};
}

// uri-host [ ":" port ]: enough to keep out lists, spaces, user information and paths.
bool is_host(std::string_view text) noexcept
{
    const auto fits = [](char c) {
        return is_token_char(c) || std::string_view(":[]();=").find(c) != std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

struct framing
{
    bool old = false;
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
    std::size_t types = 0;
    std::string_view coding;
    std::string_view length;
};

std::optional<refusal> check_field(std::string_view line, framing& seen)
{
    if (line.front() == ' ' || line.front() == '\t')
        return bad("A header field is continued on the next line.");
    const auto colon = line.find(':');
    if (colon == line.npos)
        return bad("A header field has no colon.");
    const auto name = line.substr(0, colon);
    if (name.size() > longest_name)
        return header_too_large;
    if (!is_token(name))
        return bad("The name of a header field is not valid.");
    const auto value = trimmed(line.substr(colon + 1));

    if (same_text(name, "host"))
    {
        ++seen.hosts;
        if (!is_host(value))
            return bad("The Host header field is not valid.");
    }
    else if (same_text(name, "content-length"))
    {
        ++seen.lengths;
        seen.length = value;
    }
    else if (same_text(name, "transfer-encoding"))
    {
        ++seen.codings;
        seen.coding = value;
    }
    else if (same_text(name, "content-type"))
        ++seen.types;
    return {};
}

std::optional<refusal> check_framing(const framing& seen)
{
    if (seen.hosts > 1 || (seen.hosts == 0 && !seen.old))
        return bad("Exactly one Host header field is needed.");
    if (seen.types > 1)
        return bad("Content-Type is given more than once.");
    if (seen.lengths > 1)
        return bad("Content-Length is given more than once.");
    if (seen.lengths && seen.codings)
        return bad("Content-Length and Transfer-Encoding exclude each other.");
    if (seen.lengths && (seen.length.empty() || !std::all_of(seen.length.begin(), seen.length.end(), is_digit)))
        return bad("Content-Length is not a number.");
    // Beyond what fits into 63 bits there is no limit that allows it.
    if (seen.length.size() > 18)
        return refusal{413, "payload-too-large", "The request body is too large."};
    if (!seen.codings)
        return {};
    if (seen.codings > 1 || seen.old)
        return bad("Transfer-Encoding is not allowed here.");
    if (same_text(seen.coding, "chunked"))
        return {};

    const auto comma = seen.coding.rfind(',');
    if (comma != seen.coding.npos && same_text(trimmed(seen.coding.substr(comma + 1)), "chunked"))
        return refusal{501, "transfer-encoding-not-supported", "The only transfer coding supported is chunked."};
    return bad("The length of the request body cannot be told.");
}

} // namespace

head_scan::outcome head_scan::advance(std::string_view buffered, const head_limits& limits)
{
    for (; seen_ < buffered.size(); ++seen_)
    {
        if (line_ == 0 && seen_ > limits.target + line_extra)
            return {0, target_too_long};
        if (seen_ >= limits.bytes)
            return {0, header_too_large};

        const char c = buffered[seen_];
        const bool after_return = seen_ > line_ && buffered[seen_ - 1] == '\r';
        if ((c == '\n') != after_return)
            return {0, bad("Lines must end in CR LF.")};
        if (c == '\n')
        {
            const bool empty = seen_ - line_ == 1;
            line_ = seen_ + 1;
            if (empty)
                return {line_, {}};
        }
        else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
            return {0, bad("The request header has control characters.")};
    }
    return {};
}

std::optional<refusal> check_head(std::string_view head, const head_limits& limits)
{
    auto end = head.find("\r\n");
    framing seen;
    if (auto refused = check_request_line(head.substr(0, end), limits, seen.old))
        return refused;

    std::size_t count = 0;
    for (auto begin = end + 2;; begin = end + 2)
    {
        end = head.find("\r\n", begin);
        if (end == head.npos || end == begin)
            break;
        if (++count > limits.fields)
            return too_many_fields;
        if (auto refused = check_field(head.substr(begin, end - begin), seen))
            return refused;
    }
    return check_framing(seen);
}

} // namespace vn::http
