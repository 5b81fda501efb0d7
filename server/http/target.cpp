#include "http/target.hpp"

namespace vn::http {

namespace {

int hex(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool percent_decode(std::string_view text, bool plus_is_space, std::string& out)
{
    out.reserve(out.size() + text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        char c = text[i];
        if (c == '%')
        {
            if (text.size() - i < 3)
                return false;
            const int high = hex(text[i + 1]);
            const int low = hex(text[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        else if (c == '+' && plus_is_space)
            c = ' ';
        out += c;
    }
    return true;
}

bool is_control(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool decode_segment(std::string_view raw, std::string& path)
{
    const auto begin = path.size();
    if (!percent_decode(raw, false, path))
        return false;
    const auto segment = std::string_view(path).substr(begin);
    if (segment == "." || segment == "..")
        return false;
    for (const char c : segment)
        if (c == '/' || c == '\\' || is_control(c))
            return false;
    return true;
}

bool decode_path(std::string_view raw, std::string& path)
{
    for (std::size_t at = 0; at < raw.size();)
    {
        // raw[at] is the slash before a segment; only the last segment may be empty.
        const auto end = std::min(raw.find('/', at + 1), raw.size());
        const auto segment = raw.substr(at + 1, end - at - 1);
        if (segment.empty() && end != raw.size())
            return false;
        path += '/';
        if (!decode_segment(segment, path))
            return false;
        at = end;
    }
    return true;
}

} // namespace

bool read_query(std::string_view text, parameters& out)
{
    while (!text.empty())
    {
        const auto pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.empty())
            continue;
        const auto equals = pair.find('=');
        std::string name, value;
        if (!percent_decode(pair.substr(0, equals), true, name))
            return false;
        if (equals != pair.npos && !percent_decode(pair.substr(equals + 1), true, value))
            return false;
        if (name.find('\0') != name.npos || value.find('\0') != value.npos)
            return false;
        out.add(std::move(name), std::move(value));
    }
    return true;
}

bool read_target(std::string_view target, std::string& path, parameters& query)
{
    if (target == "*")
    {
        path = "*";
        return true;
    }
    if (target.find('#') != target.npos)
        return false;

    const auto scheme = target.find("://");
    if (!target.starts_with('/') && scheme != target.npos)
    {
        if (!same_text(target.substr(0, scheme), "http") && !same_text(target.substr(0, scheme), "https"))
            return false;
        target.remove_prefix(scheme + 3);
        const auto authority = target.substr(0, target.find_first_of("/?"));
        if (authority.empty() || authority.find('@') != authority.npos)
            return false;
        target.remove_prefix(authority.size());
        if (!target.starts_with('/'))
        {
            path = "/";
            return target.empty() || read_query(target.substr(1), query);
        }
    }
    if (!target.starts_with('/'))
        return false;

    const auto question = target.find('?');
    if (!decode_path(target.substr(0, question), path))
        return false;
    return question == target.npos || read_query(target.substr(question + 1), query);
}

} // namespace vn::http
