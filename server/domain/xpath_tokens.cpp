#include "domain/xpath_tokens.hpp"

#include <algorithm>

namespace vn {

namespace {

using std::string_view;
using kind = xpath_token_kind;

bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_name_char(char c)
{
    return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
}

// After these a star is a name test and a word is a name; after anything else they are operators.
bool operand_follows(const std::vector<xpath_token>& before)
{
    if (before.empty() || before.back().kind == kind::operation)
        return true;
    static constexpr string_view openers[] = {"@", "::", "(", "[", ",", "/", "//", "|", "$"};
    return before.back().kind == kind::symbol &&
           std::find(std::begin(openers), std::end(openers), before.back().text) != std::end(openers);
}

std::size_t name_length(string_view text)
{
    std::size_t n = 0;
    while (n < text.size() && is_name_char(text[n]))
        ++n;
    if (n + 1 < text.size() && text[n] == ':' && text[n + 1] != ':')
    {
        if (text[n + 1] == '*')
            return n + 2;
        if (is_name_start(text[n + 1]))
            for (++n; n < text.size() && is_name_char(text[n]);)
                ++n;
    }
    return n;
}

std::size_t number_length(string_view text)
{
    std::size_t n = 0;
    while (n < text.size() && (is_digit(text[n]) || text[n] == '.'))
        ++n;
    return n;
}

// 0 where no token starts.
std::size_t next_token(string_view text, bool operand, kind& what)
{
    const char c = text[0];
    if (c == '"' || c == '\'')
    {
        what = kind::literal;
        const auto end = text.find(c, 1);
        return end == text.npos ? 0 : end + 1;
    }
    if (is_digit(c) || (c == '.' && text.size() > 1 && is_digit(text[1])))
    {
        what = kind::number;
        return number_length(text);
    }
    if (is_name_start(c))
    {
        what = operand ? kind::name : kind::operation;
        return name_length(text);
    }
    if (c == '*')
    {
        what = operand ? kind::symbol : kind::operation;
        return 1;
    }
    what = kind::symbol;
    for (string_view two : {"..", "::", "//"})
        if (text.starts_with(two))
            return 2;
    if (string_view("()[].@,/|$").find(c) != string_view::npos)
        return 1;
    what = kind::operation;
    for (string_view two : {"!=", "<=", ">="})
        if (text.starts_with(two))
            return 2;
    return string_view("+-=<>").find(c) != string_view::npos ? 1 : 0;
}

} // namespace

xpath_tokens tokens_of(string_view expression)
{
    xpath_tokens out;
    for (std::size_t at = 0; at < expression.size();)
    {
        if (string_view(" \t\r\n").find(expression[at]) != string_view::npos)
        {
            ++at;
            continue;
        }
        auto what = kind::symbol;
        const auto size = next_token(expression.substr(at), operand_follows(out.tokens), what);
        if (size == 0)
        {
            out.is_complete = false;
            return out;
        }
        out.tokens.push_back({what, expression.substr(at, size)});
        at += size;
    }
    return out;
}

string_view prefix_used_in(const xpath_tokens& expression) noexcept
{
    for (const auto& token : expression.tokens)
    {
        if (token.kind != kind::name)
            continue;
        const auto colon = token.text.find(':');
        if (colon != token.text.npos && token.text.substr(0, colon) != "xml")
            return token.text.substr(0, colon);
    }
    return {};
}

bool is_absolute_path(const xpath_tokens& expression) noexcept
{
    const auto& tokens = expression.tokens;
    if (!expression.is_complete || tokens.empty() || tokens[0].kind != kind::symbol || !tokens[0].text.starts_with('/'))
        return false;
    // Inside of predicates the context is a node of the path.
    std::size_t depth = 0;
    for (const auto& token : tokens)
    {
        const bool is_symbol = token.kind == kind::symbol;
        if (is_symbol && (token.text == "]" || token.text == ")") && depth-- == 0)
            return false;
        if (depth == 0 &&
            ((!is_symbol && token.kind != kind::name) || token.text == "|" || token.text == "," || token.text == "$"))
            return false;
        depth += is_symbol && (token.text == "[" || token.text == "(") ? 1 : 0;
    }
    return depth == 0;
}

bool leaves_libraries_closed(const xpath_tokens& expression) noexcept
{
    const auto& tokens = expression.tokens;
    const auto is = [&](std::size_t at, kind what, string_view text) {
        return at < tokens.size() && tokens[at].kind == what && tokens[at].text == text;
    };
    const auto is_plain_name = [&](std::size_t at) {
        return at < tokens.size() && tokens[at].kind == kind::name && tokens[at].text.find(':') == string_view::npos;
    };
    constexpr std::size_t steps_to_part = 3;
    static constexpr string_view libraries[] = {"market", "model", "calculator", "portfolio"};
    if (!expression.is_complete)
        return false;
    std::size_t steps = 0;
    bool is_in_library = false;
    for (std::size_t at = 0; at < tokens.size();)
    {
        if (!is(at++, kind::symbol, "/"))
            return false;
        if (steps > 0 && is(at, kind::symbol, "@"))
            return is_plain_name(at + 1) && at + 2 == tokens.size();
        if (!is_plain_name(at) || is_in_library)
            return false;
        is_in_library = ++steps == steps_to_part &&
                        std::find(std::begin(libraries), std::end(libraries), tokens[at].text) != std::end(libraries);
        for (++at; is(at, kind::symbol, "[");)
        {
            if (at + 2 < tokens.size() && tokens[at + 1].kind == kind::number && is(at + 2, kind::symbol, "]"))
                at += 3;
            else if (is(at + 1, kind::symbol, "@") && is_plain_name(at + 2) && is(at + 3, kind::operation, "=") &&
                     at + 4 < tokens.size() && tokens[at + 4].kind == kind::literal && is(at + 5, kind::symbol, "]"))
                at += 6;
            else
                return false;
        }
    }
    return steps >= steps_to_part;
}

std::string with_written_names(const xpath_tokens& expression, string_view text)
{
    const auto& tokens = expression.tokens;
    // From the last call to the first: what was rewritten lies behind then, or inside of the arguments.
    std::string out(text);
    for (std::size_t i = tokens.size(); i-- > 0;)
    {
        if (tokens[i].kind != kind::name || tokens[i].text != "name" || i + 1 >= tokens.size() ||
            tokens[i + 1].text != "(")
            continue;
        // Brackets in literals are in tokens of their own.
        const auto from = static_cast<std::size_t>(tokens[i].text.data() - text.data());
        const auto rewritten = tokens_of(string_view(out).substr(from));
        std::size_t depth = 0;
        std::size_t size = 0;
        for (const auto& token : rewritten.tokens)
        {
            depth += token.text == "(" ? 1 : 0;
            if (token.text == ")" && --depth == 0)
            {
                size = static_cast<std::size_t>(token.text.data() + 1 - out.data()) - from;
                break;
            }
        }
        if (size == 0)
            continue;
        const auto call = out.substr(from, size);
        out.replace(from, size, "substring(" + call + ",1+starts-with(" + call + ",':'))");
        if (out.size() > 65536)
            break; // over every limit on expressions
    }
    return out;
}

} // namespace vn
