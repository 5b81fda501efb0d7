// The scanner behind vn/document.hpp: where elements begin and end, and what their text says. Not for plugins.
#pragma once

#include <vn/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vn::detail {

constexpr std::uint32_t no_parent = UINT32_MAX;

// Offsets into the document. `<a x="1">text</a>`: open is at <, open_end behind >, close at </, close_end behind that.
// Of `<a/>` the last three are the same.
struct xml_node
{
    std::size_t open, open_end, close, close_end;
    std::size_t name_size;
    std::uint32_t parent; // index, or no_parent
    std::uint32_t last;   // index behind the last descendant
};

struct xml_attribute
{
    std::size_t name, name_size;
    std::size_t value, value_end; // between the quotes
};

struct xml_tag
{
    std::size_t end; // behind the >
    std::size_t name_size;
    bool empty;
};

inline std::size_t line_of(std::string_view source, std::size_t at)
{
    const auto head = source.substr(0, at);
    return 1 + static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n'));
}

[[noreturn]] inline void malformed(std::string_view source, std::size_t at, const char* what)
{
    invalid("line " + std::to_string(line_of(source, at)) + ": " + what);
}

inline bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

inline std::size_t skip_space(std::string_view source, std::size_t at) noexcept
{
    while (at < source.size() && is_space(source[at]))
        ++at;
    return at;
}

inline std::size_t name_end(std::string_view source, std::size_t at) noexcept
{
    return std::min(source.find_first_of(" \t\r\n/>=<\"'&", at), source.size());
}

// Behind the next terminator.
inline std::size_t behind(std::string_view source, std::size_t at, std::string_view terminator)
{
    const auto found = source.find(terminator, at);
    if (found == source.npos)
        malformed(source, at, "not ended");
    return found + terminator.size();
}

// Reads the start tag at source[open] == '<'; tells each attribute to on_attribute.
template <class OnAttribute>
xml_tag scan_tag(std::string_view source, std::size_t open, OnAttribute on_attribute)
{
    auto at = name_end(source, open + 1);
    const auto name_size = at - open - 1;
    if (name_size == 0)
        malformed(source, open, "an element without a name");
    for (;;)
    {
        const auto name = skip_space(source, at);
        if (source.substr(name, 1) == ">")
            return {name + 1, name_size, false};
        if (source.substr(name, 2) == "/>")
            return {name + 2, name_size, true};

        const auto end = name_end(source, name);
        const auto equals = skip_space(source, end);
        const auto quote = skip_space(source, equals + 1);
        if (name == at || end == name || source.substr(equals, 1) != "=" || quote >= source.size() ||
            (source[quote] != '"' && source[quote] != '\''))
            malformed(source, open, "a broken start tag");
        at = source.find(source[quote], quote + 1);
        if (at == source.npos || source.substr(quote, at - quote).find('<') != source.npos)
            malformed(source, open, "a broken attribute");
        on_attribute(xml_attribute{name, end - name, quote + 1, at});
        ++at;
    }
}

// All elements, in document order.
inline std::vector<xml_node> scan_xml(std::string_view source)
{
    std::vector<xml_node> nodes;
    std::vector<std::uint32_t> stack;
    const auto only_space = [&](std::size_t from, std::size_t to) {
        if (stack.empty() && skip_space(source.substr(0, to), from) != to)
            malformed(source, from, "text outside of the root element");
    };

    std::size_t at = source.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    for (;;)
    {
        const auto open = source.find('<', at);
        only_space(at, std::min(open, source.size()));
        if (open == source.npos)
            break;
        const auto rest = source.substr(open);

        if (rest.substr(0, 4) == "<!--")
            at = behind(source, open + 4, "-->");
        else if (rest.substr(0, 2) == "<?")
            at = behind(source, open + 2, "?>");
        else if (rest.substr(0, 9) == "<![CDATA[" && !stack.empty())
            at = behind(source, open + 9, "]]>");
        else if (rest.substr(0, 2) == "<!")
            malformed(source, open, "a document type, or what XML does not know");
        else if (rest.substr(0, 2) == "</")
        {
            const auto end = name_end(source, open + 2);
            const auto bracket = skip_space(source, end);
            if (stack.empty() || source.substr(bracket, 1) != ">" ||
                source.substr(open + 2, end - open - 2) !=
                    source.substr(nodes[stack.back()].open + 1, nodes[stack.back()].name_size))
                malformed(source, open, "an end tag that fits no start tag");
            auto& node = nodes[stack.back()];
            node.close = open;
            node.close_end = at = bracket + 1;
            node.last = static_cast<std::uint32_t>(nodes.size());
            stack.pop_back();
        }
        else
        {
            if (stack.empty() && !nodes.empty())
                malformed(source, open, "a second root element");
            const auto tag = scan_tag(source, open, [](const xml_attribute&) {});
            const auto index = static_cast<std::uint32_t>(nodes.size());
            nodes.push_back(
                {open, tag.end, tag.end, tag.end, tag.name_size, stack.empty() ? no_parent : stack.back(), index + 1});
            if (!tag.empty)
                stack.push_back(index);
            at = tag.end;
        }
    }
    if (!stack.empty())
        malformed(source, nodes[stack.back()].open, "an element that is not ended");
    if (nodes.empty())
        invalid("no element");
    return nodes;
}

inline void append_utf8(std::string& out, std::uint32_t c)
{
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80)
        put(c);
    else if (c < 0x800)
        put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
    else if (c < 0x10000)
        put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    else
        put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
}

// The reference at source[at] == '&'. Gives the offset behind it.
inline std::size_t decode_reference(std::string_view source, std::size_t at, std::string& out)
{
    const auto end = source.find(';', at);
    if (end == source.npos || end - at > 12)
        malformed(source, at, "a broken reference");
    const auto name = source.substr(at + 1, end - at - 1);
    if (name == "amp")
        out += '&';
    else if (name == "lt")
        out += '<';
    else if (name == "gt")
        out += '>';
    else if (name == "quot")
        out += '"';
    else if (name == "apos")
        out += '\'';
    else if (name.size() > 1 && name[0] == '#')
    {
        const bool hex = name[1] == 'x';
        const auto digits = name.substr(hex ? 2 : 1);
        std::uint32_t c = 0;
        for (const char d : digits)
        {
            const int v = d >= '0' && d <= '9'          ? d - '0'
                          : hex && d >= 'a' && d <= 'f' ? d - 'a' + 10
                          : hex && d >= 'A' && d <= 'F' ? d - 'A' + 10
                                                        : -1;
            if (v < 0 || c > 0x10FFFF)
                malformed(source, at, "a broken reference");
            c = c * (hex ? 16 : 10) + static_cast<std::uint32_t>(v);
        }
        if (digits.empty() || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) || c == 0xFFFE || c == 0xFFFF ||
            (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
            malformed(source, at, "a reference to what is not a character");
        append_utf8(out, c);
    }
    else
        malformed(source, at, "an unknown entity");
    return end + 1;
}

// Text between two tags: references and CDATA decoded, comments and processing instructions left out.
inline void decode_text(std::string_view source, std::size_t at, std::size_t end, std::string& out)
{
    const auto plain = [&](std::size_t i, bool references, std::size_t stop) {
        while (i < stop)
        {
            const char c = source[i];
            if (references && c == '&')
            {
                i = decode_reference(source, i, out);
                continue;
            }
            if (c == '\r' && i + 1 < stop && source[i + 1] == '\n')
                ++i;
            out += c == '\r' ? '\n' : c;
            ++i;
        }
    };

    while (at < end)
    {
        const auto mark = std::min(source.find('<', at), end);
        plain(at, true, mark);
        at = mark;
        if (at == end)
            break;
        if (source.substr(at, 9) == "<![CDATA[")
        {
            const auto stop = behind(source, at + 9, "]]>");
            plain(at + 9, false, stop - 3);
            at = stop;
        }
        else if (source.substr(at, 4) == "<!--")
            at = behind(source, at + 4, "-->");
        else
            at = behind(source, at + 2, "?>");
    }
}

inline void decode_attribute(std::string_view source, std::size_t at, std::size_t end, std::string& out)
{
    while (at < end)
    {
        const char c = source[at];
        if (c == '&')
        {
            at = decode_reference(source, at, out);
            continue;
        }
        if (c == '\r' && at + 1 < end && source[at + 1] == '\n')
            ++at;
        out += is_space(c) ? ' ' : c;
        ++at;
    }
}

inline std::string escaped(std::string_view text, bool attribute)
{
    std::string out;
    out.reserve(text.size() + 8);
    for (const char c : text)
    {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"' && attribute)
            out += "&quot;";
        else if (c == '\r' || (attribute && (c == '\n' || c == '\t')))
            out += c == '\r' ? "&#13;" : c == '\n' ? "&#10;" : "&#9;";
        else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
            throw error(VN_FAILED, "a control character cannot be written as XML");
        else
            out += c;
    }
    return out;
}

} // namespace vn::detail
