#include "app/setting_text.hpp"
#include "app/settings_plugins.hpp"
#include "app/settings_table.hpp"

#include <algorithm>
#include <cctype>

namespace vn {

namespace {

constexpr std::string_view introduction =
    R"(; Every setting of vnserver with its default, in the INFO format of Boost.PropertyTree.
;
; A file named by --config is read, else etc/vnserver.info beside a build tree, else /etc/vnserver/vnserver.info. What the
; file leaves out has its default. An environment variable goes before the file.
;
; Put values with spaces, commas, semicolons, braces or nothing in quotes: without them, INFO takes the second word for
; another key, which is refused here. In quotes, \ is written \\. Refused as well: unknown keys, a key given twice,
; #include. Relative paths start at the folder of this file; those in variables at the working directory.
;
; Sizes take kb, mb and gb (powers of 1024), times take ms, s, m, h and d. `vnserver --check-config` tells all mistakes.
)";

// A line of a comment, broken at spaces.
void append_comment(std::string& out, const std::string& indent, std::string text)
{
    const auto width = 118 - indent.size();
    while (!text.empty())
    {
        auto end = text.size();
        if (end > width)
        {
            end = text.rfind(' ', width);
            if (end == text.npos)
                end = text.size();
        }
        out.append(indent).append("; ").append(text, 0, end).append("\n");
        text.erase(0, std::min(end + 1, text.size()));
    }
}

std::string sentence(std::string words)
{
    words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
    return words + ".";
}

std::string written(const setting& s, const settings& values)
{
    const auto text = s.text(values);
    return s.secret ? without_password(text) : text;
}

} // namespace

std::string print_settings(const settings& values)
{
    static const settings defaults;
    std::string out(introduction);
    std::string section;
    const auto close = [&] {
        if (section == "tasks")
            out += print_routes(values);
        if (!section.empty())
            out += "}\n";
    };

    for (const auto& s : all_settings())
    {
        const auto dot = s.path.find('.');
        const auto of = dot == s.path.npos ? std::string() : s.path.substr(0, dot);
        if (of != section)
        {
            close();
            section = of;
            out += "\n" + section + "\n{\n";
        }
        else
            out += "\n";

        const std::string indent(section.empty() ? 0 : 4, ' ');
        append_comment(out, indent, s.about);
        append_comment(out, indent,
                       sentence(s.expects) + " Default " + info_value(written(s, defaults)) + ". Environment " +
                           (s.alias.empty() ? "" : s.alias + " or ") + s.variable() + ".");
        out += indent + s.path.substr(dot == s.path.npos ? 0 : dot + 1) + " " + info_value(written(s, values)) + "\n";
    }
    close();
    return out + print_plugins(values);
}

} // namespace vn
