#include "domain/call_text.hpp"

#include "domain/xml_names.hpp"

namespace vn {

namespace {

using std::string;
using std::string_view;

constexpr unsigned deepest_call = 16;

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The end of the first part of the list: a comma outside of quotes and brackets, or the end. npos: unbalanced.
std::size_t end_of_part(string_view list) noexcept
{
    string open;
    for (std::size_t i = 0; i < list.size(); ++i)
    {
        const char c = list[i];
        if (c == '\'' || c == '"')
        {
            i = list.find(c, i + 1);
            if (i == list.npos)
                return i;
        }
        else if (c == '(' || c == '[')
        {
            open += c == '(' ? ')' : ']';
        }
        else if (c == ')' || c == ']')
        {
            if (!open.ends_with(c))
                return list.npos;
            open.pop_back();
        }
        else if (c == ',' && open.empty())
        {
            return i;
        }
    }
    return open.empty() ? list.size() : list.npos;
}

// Numbers and dates need no quotes.
bool begins_number(string_view text) noexcept
{
    if (text.starts_with('+') || text.starts_with('-'))
        text.remove_prefix(1);
    if (text.starts_with('.'))
        text.remove_prefix(1);
    return !text.empty() && is_digit(text[0]);
}

bool is_bare_literal(string_view text) noexcept
{
    if (text == "true" || text == "false")
        return true;
    if (!begins_number(text))
        return false;
    for (const char c : text)
        if (!is_digit(c) && !is_letter(c) && c != '.' && c != ':' && c != '+' && c != '-')
            return false;
    return true;
}

failure wrong(string what)
{
    return failure{.code = "hydration-failed", .message = std::move(what)};
}

result<std::vector<call_argument>, failure> parse_list(string_view list, unsigned depth);

result<call_argument, failure> parse_one(string_view text, unsigned depth)
{
    const char first = text.front();
    if (first == '\'' || first == '"')
    {
        if (text.find(first, 1) != text.size() - 1)
            return wrong("there is something behind its quotes");
        return call_argument{argument_kind::literal, string(text.substr(1, text.size() - 2))};
    }
    if (is_bare_literal(text))
        return call_argument{argument_kind::literal, string(text)};
    if (text.starts_with("vn:"))
    {
        const auto open = text.find('(');
        if (open == text.npos || !text.ends_with(')'))
            return wrong("'" + string(text) + "' is not a call");
        auto arguments = parse_list(text.substr(open + 1, text.size() - open - 2), depth + 1);
        if (!arguments)
            return arguments.error();
        return call_argument{argument_kind::call, string(trimmed(text.substr(3, open - 3))), std::move(*arguments)};
    }
    if (begins_expression(text) && !begins_number(text))
        return call_argument{argument_kind::expression, string(text)};
    return wrong("'" + string(text) + "' is neither a literal nor an expression; text goes in quotes");
}

result<std::vector<call_argument>, failure> parse_list(string_view list, unsigned depth)
{
    std::vector<call_argument> out;
    if (is_blank(list))
        return out;
    if (depth > deepest_call)
        return wrong("calls are nested too deeply");
    for (;;)
    {
        const auto end = end_of_part(list);
        if (end == list.npos)
            return wrong("quotes or brackets do not match");
        const auto number = "argument " + std::to_string(out.size() + 1);
        const auto part = trimmed(list.substr(0, end));
        if (part.empty())
            return wrong(number + " is empty");
        auto argument = parse_one(part, depth);
        if (!argument)
            return depth == 0 ? wrong(number + ": " + argument.error().message) : argument.error();
        out.push_back(std::move(*argument));
        if (end == list.size())
            return out;
        list.remove_prefix(end + 1);
    }
}

} // namespace

bool begins_expression(string_view text) noexcept
{
    if (text.starts_with('/') || text.starts_with('.') || text.starts_with('('))
        return true;
    std::size_t i = 0;
    while (i < text.size() && (is_letter(text[i]) || (i > 0 && text[i] == '-')))
        ++i;
    return i > 0 && trimmed(text.substr(i)).starts_with('(');
}

result<std::vector<call_argument>, failure> parse_arguments(string_view list)
{
    return parse_list(list, 0);
}

} // namespace vn
