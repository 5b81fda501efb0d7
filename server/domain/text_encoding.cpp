#include "domain/text_encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <type_traits>

namespace vn {

namespace {

std::string upper(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return out;
}

// iconv loads a module for every name it is given; only simple, stateless encodings are let through to it.
bool is_known(std::string_view name)
{
    for (std::string_view family : {"ISO-8859-", "WINDOWS-125", "CP125"})
        if (name.starts_with(family) && name.size() <= family.size() + 2 &&
            name.substr(family.size()).find_first_not_of("0123456789") == name.npos)
            return name.size() > family.size();
    static constexpr std::string_view others[] = {"UTF-16",   "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE",
                                                  "US-ASCII", "ASCII",    "LATIN1",   "KOI8-R", "KOI8-U"};
    return std::find(std::begin(others), std::end(others), name) != std::end(others);
}

bool is_utf8(std::string_view name)
{
    return name == "UTF-8" || name == "UTF8";
}

// The value of the pseudo attribute in the XML declaration; empty where there is none.
std::string declared_encoding(std::string_view text)
{
    if (!text.starts_with("<?xml") || text.size() < 6 ||
        std::string_view(" \t\r\n").find(text[5]) == std::string_view::npos)
        return {};
    const auto declaration = text.substr(0, std::min(text.find("?>"), std::size_t{1024}));
    auto at = declaration.find("encoding");
    if (at == declaration.npos)
        return {};
    at = declaration.find_first_not_of(" \t\r\n=", at + 8);
    if (at == declaration.npos || (declaration[at] != '"' && declaration[at] != '\''))
        return {};
    const auto end = declaration.find(declaration[at], at + 1);
    return end == declaration.npos ? std::string() : std::string(declaration.substr(at + 1, end - at - 1));
}

void blank_declaration(std::string& text)
{
    if (declared_encoding(text).empty())
        return;
    const auto end = text.find("?>");
    if (end == text.npos)
        return;
    for (std::size_t i = 0; i < end + 2; ++i)
        if (text[i] != '\n' && text[i] != '\r')
            text[i] = ' ';
}

transcoded_text convert(std::string_view bytes, const std::string& from)
{
    const auto close = [](iconv_t c) { iconv_close(c); };
    const iconv_t opened = iconv_open("UTF-8", from.c_str());
    if (opened == reinterpret_cast<iconv_t>(-1))
        return {std::nullopt, "unsupported encoding " + from};
    const std::unique_ptr<std::remove_pointer_t<iconv_t>, decltype(close)> converter(opened, close);

    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    char* in = const_cast<char*>(bytes.data()); // iconv's old signature; it does not write there
    std::size_t left = bytes.size();
    char buffer[16384];
    while (left > 0)
    {
        char* to = buffer;
        std::size_t room = sizeof buffer;
        const auto converted = iconv(converter.get(), &in, &left, &to, &room);
        out.append(buffer, static_cast<std::size_t>(to - buffer));
        if (converted == static_cast<std::size_t>(-1) && errno != E2BIG)
            return {std::nullopt, "not well-formed in encoding " + from};
    }
    return {std::move(out), {}};
}

// What the first bytes say: the encoding and the length of the byte order mark; empty where they say nothing.
struct first_bytes
{
    std::string encoding;
    std::size_t mark = 0;
};

first_bytes look_at(std::string_view bytes)
{
    using namespace std::string_view_literals;
    if (bytes.starts_with("\xEF\xBB\xBF"sv))
        return {"UTF-8", 3};
    if (bytes.starts_with("\xFF\xFE\0\0"sv))
        return {"UTF-32LE", 4};
    if (bytes.starts_with("\0\0\xFE\xFF"sv))
        return {"UTF-32BE", 4};
    if (bytes.starts_with("\xFF\xFE"sv))
        return {"UTF-16LE", 2};
    if (bytes.starts_with("\xFE\xFF"sv))
        return {"UTF-16BE", 2};
    return {};
}

} // namespace

transcoded_text to_utf8(std::string_view bytes, std::string_view charset)
{
    using namespace std::string_view_literals;
    first_bytes first = look_at(bytes);
    if (first.mark == 0 && !charset.empty())
    {
        first.encoding = upper(charset);
        // Without a mark these are in network order.
        if (first.encoding == "UTF-16" || first.encoding == "UTF-32")
            first.encoding += "BE";
    }
    if (first.encoding.empty())
    {
        if (bytes.starts_with("<\0"sv))
            first.encoding = "UTF-16LE";
        else if (bytes.starts_with("\0<"sv))
            first.encoding = "UTF-16BE";
        else
            first.encoding = upper(declared_encoding(bytes));
        // A declaration that could be read byte by byte is not in one of these.
        if (first.encoding.starts_with("UTF-16") && !bytes.starts_with("<\0"sv) && !bytes.starts_with("\0<"sv))
            return {std::nullopt, "the encoding declaration is wrong"};
    }

    if (first.encoding.empty() || is_utf8(first.encoding))
    {
        const auto text = bytes.substr(first.mark);
        const auto declared = upper(declared_encoding(text));
        if (declared.empty() || is_utf8(declared))
            return first.mark > 0 ? transcoded_text{std::string(text), {}} : transcoded_text{};
        std::string blanked(text);
        blank_declaration(blanked);
        return {std::move(blanked), {}};
    }
    if (!is_known(first.encoding))
        return {std::nullopt, "unsupported encoding"};
    auto text = convert(bytes.substr(first.mark), first.encoding);
    if (text.changed)
        blank_declaration(*text.changed);
    return text;
}

} // namespace vn
