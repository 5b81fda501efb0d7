#include "execution/plugin_description.hpp"

#include "core/json_text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace vn {

namespace {

constexpr std::size_t most_tasks = 10'000;
constexpr std::size_t most_functions = 10'000;
constexpr std::size_t most_arguments = 64;
constexpr std::size_t most_schemes = 64;
constexpr std::size_t longest_help = 4096;
constexpr std::array<std::string_view, 7> types{"text", "number", "integer", "boolean", "date", "xml", "path"};

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_name(std::string_view text)
{
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

bool is_function_name(std::string_view text)
{
    return is_name(text) && (is_letter(text[0]) || text[0] == '_');
}

bool is_version(std::string_view text)
{
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, printable);
}

bool is_scheme(std::string_view text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    return !text.empty() && text.size() <= 32 && text[0] >= 'a' && text[0] <= 'z' && std::ranges::all_of(text, fits);
}

// Neither overlong forms, nor surrogates, nor control characters.
bool is_line(std::string_view text, std::size_t longest)
{
    if (text.size() > longest)
        return false;
    for (std::size_t i = 0; i < text.size();)
    {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7f)
            return false;
        const std::size_t more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || i + more >= text.size())
            return false;
        for (std::size_t k = 1; k <= more; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80)
                return false;
        const auto second = more > 0 ? static_cast<unsigned char>(text[i + 1]) : 0;
        if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) || (c == 0xf0 && second < 0x90) ||
            (c == 0xf4 && second > 0x8f))
            return false;
        i += more + 1;
    }
    return true;
}

// A text that may be anything, as it can be shown in a message.
std::string shown(std::string_view text)
{
    return json_string(text.substr(0, 80));
}

std::string flaw_of(const function_description& f)
{
    if (!is_function_name(f.name))
        return "a function cannot be named " + shown(f.name);
    const std::string where = "function " + f.name + ": ";
    if (!is_line(f.help, longest_help))
        return where + "the help is not one line of text";
    if (std::ranges::find(types, f.result) == types.end())
        return where + "no type " + shown(f.result);
    if (f.arguments.size() > most_arguments)
        return where + "more than 64 arguments";
    bool optional = false;
    for (const auto& a : f.arguments)
    {
        if (!is_function_name(a.name))
            return where + "an argument cannot be named " + shown(a.name);
        if (!is_line(a.help, longest_help))
            return where + "the help of argument " + a.name + " is not one line of text";
        if (std::ranges::find(types, a.type) == types.end())
            return where + "no type " + shown(a.type);
        if (optional && !a.optional)
            return where + "argument " + a.name + " comes after an optional one and has to be optional";
        if (a.repeated && &a != &f.arguments.back())
            return where + "only the last argument may be repeated";
        optional = a.optional;
    }
    return {};
}

} // namespace

std::string flaw_of(const plugin_description& p)
{
    if (!is_name(p.name))
        return "a plugin cannot be named " + shown(p.name);
    if (!is_version(p.version))
        return "a version cannot be " + shown(p.version);
    if (p.concurrent && p.serial)
        return "it cannot be concurrent and serial";
    if (p.tasks.size() > most_tasks || p.functions.size() > most_functions || p.schemes.size() > most_schemes)
        return "it names too many tasks, functions or schemes";
    if (!p.values_tasks && !p.tasks.empty())
        return "it names tasks and values none";

    std::set<std::string_view> seen;
    for (const auto& task : p.tasks)
        if (task.empty() || !is_line(task, 255) || !seen.insert(task).second)
            return "it cannot name (or names twice) the task " + shown(task);
    seen.clear();
    for (const auto& f : p.functions)
    {
        if (auto flaw = flaw_of(f); !flaw.empty())
            return flaw;
        if (!seen.insert(f.name).second)
            return "it has two functions " + f.name;
    }
    for (const auto& scheme : p.schemes)
        if (!is_scheme(scheme))
            return "a scheme cannot be " + shown(scheme);
    return {};
}

} // namespace vn
