#include "app/settings_lines.hpp"

namespace vn {

namespace {

// The tree is destroyed recursively, so its depth is bounded before there is one.
constexpr std::size_t deepest = 8;

bool is_space(char c) noexcept
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Follows the states of the parser; where the text is wrong it goes on somehow, as the parser will say what is wrong.
class scanner
{
    enum class expected
    {
        key,
        value,
        more_of_value
    };

    settings_lines& out_;
    expected next_ = expected::key;
    std::size_t depth_ = 0;
    std::size_t line_ = 0;

public:
    explicit scanner(settings_lines& out) : out_(out) {}

    void take_line(std::string_view text)
    {
        ++line_;
        skip_spaces(text);
        if (!text.empty() && text.front() == '#')
        {
            complain("#include and other directives are not supported");
            out_.text += '\n';
            return;
        }
        out_.text.append(text).append("\n");

        bool value_seen = false;
        for (skip_spaces(text); !text.empty() && text.front() != ';'; skip_spaces(text))
        {
            if (text.front() == '{' || text.front() == '}')
            {
                brace(text.front());
                text.remove_prefix(1);
                value_seen = false;
            }
            else if (next_ == expected::key)
            {
                if (value_seen)
                    complain("a second word after a value: put values with spaces in quotes, each key on its own line");
                out_.keys.push_back({line_, value_seen});
                take_token(text);
                next_ = expected::value;
            }
            else
            {
                // After a text in quotes it is plain that another key begins.
                value_seen = text.front() != '"';
                next_ = take_token(text) ? expected::more_of_value : expected::key;
            }
        }
        if (next_ == expected::value)
            next_ = expected::key;
    }

private:
    void complain(std::string what) { out_.mistakes.push_back({line_, std::move(what)}); }

    void brace(char c)
    {
        next_ = expected::key;
        if (c == '}')
            depth_ -= depth_ > 0 ? 1 : 0;
        else if (++depth_ > deepest && out_.sound)
        {
            complain("sections are nested too deeply");
            out_.sound = false;
        }
    }

    static void skip_spaces(std::string_view& text)
    {
        while (!text.empty() && is_space(text.front()))
            text.remove_prefix(1);
    }

    // A word, or a text in quotes; true if a backslash after the quotes says that it goes on in the next line.
    static bool take_token(std::string_view& text)
    {
        std::size_t end = 0;
        if (text.front() != '"')
        {
            while (end < text.size() && !is_space(text[end]) && text[end] != ';')
                ++end;
            text.remove_prefix(end);
            return false;
        }
        for (end = 1; end < text.size() && text[end] != '"'; ++end)
            end += text[end] == '\\' ? 1 : 0;
        text.remove_prefix(std::min(end + 1, text.size()));
        skip_spaces(text);
        if (text.empty() || text.front() != '\\')
            return false;
        text = {};
        return true;
    }
};

} // namespace

settings_lines scan_settings(std::string_view text)
{
    settings_lines out;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (text.find('\0') != text.npos)
    {
        out.mistakes.push_back({1, "this is not a text file"});
        out.sound = false;
        return out;
    }

    scanner lines(out);
    while (!text.empty())
    {
        const auto end = std::min(text.find('\n'), text.size());
        lines.take_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

} // namespace vn
