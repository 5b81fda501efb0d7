#include "execution/plugin_description.hpp"

#include "core/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace vn {

namespace {

namespace json = boost::json;

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

void append_strings(std::string& out, const std::vector<std::string>& list)
{
    out += '[';
    for (const auto& text : list)
    {
        if (&text != &list.front())
            out += ',';
        append_json_string(out, text);
    }
    out += ']';
}

void append_field(std::string& out, std::string_view name, std::string_view text)
{
    out.append(",\"").append(name).append("\":");
    append_json_string(out, text);
}

void append_flag(std::string& out, std::string_view name, bool set)
{
    out.append(",\"").append(name).append(set ? "\":true" : "\":false");
}

void append_function(std::string& out, const function_description& f)
{
    out += "{\"name\":";
    append_json_string(out, f.name);
    append_field(out, "help", f.help);
    append_field(out, "result", f.result);
    out += ",\"arguments\":[";
    for (const auto& a : f.arguments)
    {
        if (&a != &f.arguments.front())
            out += ',';
        out += "{\"name\":";
        append_json_string(out, a.name);
        append_field(out, "help", a.help);
        append_field(out, "type", a.type);
        append_flag(out, "optional", a.optional);
        append_flag(out, "repeated", a.repeated);
        out += '}';
    }
    out += "]}";
}

// Reads members of one object; the first that is missing or of another kind is the flaw.
class member_reader
{
public:
    member_reader(const json::value& v, std::string& flaw) : flaw_(flaw)
    {
        if (v.is_object())
            object_ = &v.get_object();
        else
            complain("an object is expected");
    }

    void text(const char* name, std::string& out, bool needed = false)
    {
        if (const auto* v = find(name, needed))
        {
            if (v->is_string())
                out.assign(v->get_string().data(), v->get_string().size());
            else
                complain(std::string(name) + " has to be a string");
        }
    }

    void flag(const char* name, bool& out)
    {
        if (const auto* v = find(name, false))
        {
            if (v->is_bool())
                out = v->get_bool();
            else
                complain(std::string(name) + " has to be true or false");
        }
    }

    void number(const char* name, std::uint32_t& out)
    {
        if (const auto* v = find(name, false))
        {
            if (v->is_int64() && std::in_range<std::uint32_t>(v->get_int64()))
                out = static_cast<std::uint32_t>(v->get_int64());
            else
                complain(std::string(name) + " has to be a whole number");
        }
    }

    template <class Each>
    void list(const char* name, Each each)
    {
        const auto* v = find(name, false);
        if (v && !v->is_array())
            complain(std::string(name) + " has to be a list");
        else if (v)
            for (const auto& one : v->get_array())
                each(one);
    }

    void texts(const char* name, std::vector<std::string>& out)
    {
        list(name, [&](const json::value& one) {
            if (one.is_string())
                out.emplace_back(one.get_string().data(), one.get_string().size());
            else
                complain(std::string(name) + " has to be a list of strings");
        });
    }

private:
    const json::value* find(const char* name, bool needed)
    {
        const auto* found = object_ ? object_->if_contains(name) : nullptr;
        if (!found && needed)
            complain(std::string(name) + " is missing");
        return found;
    }

    void complain(std::string what)
    {
        if (flaw_.empty())
            flaw_ = std::move(what);
    }

    std::string& flaw_;
    const json::object* object_ = nullptr;
};

function_description function_of(const json::value& v, std::string& flaw)
{
    function_description f;
    f.result = "text";
    member_reader read(v, flaw);
    read.text("name", f.name, true);
    read.text("help", f.help);
    read.text("result", f.result);
    read.list("arguments", [&](const json::value& one) {
        auto& a = f.arguments.emplace_back();
        a.type = "text";
        member_reader argument(one, flaw);
        argument.text("name", a.name, true);
        argument.text("help", a.help);
        argument.text("type", a.type);
        argument.flag("optional", a.optional);
        argument.flag("repeated", a.repeated);
    });
    return f;
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

std::string describe(const plugin_description& p)
{
    std::string out = "{\"name\":";
    append_json_string(out, p.name);
    append_field(out, "version", p.version);
    out += ",\"abiMajor\":" + std::to_string(p.abi_major) + ",\"abiMinor\":" + std::to_string(p.abi_minor);
    append_flag(out, "concurrent", p.concurrent);
    append_flag(out, "serial", p.serial);
    append_flag(out, "valuesTasks", p.values_tasks);
    out += ",\"tasks\":";
    append_strings(out, p.tasks);
    out += ",\"functions\":[";
    for (const auto& f : p.functions)
    {
        if (&f != &p.functions.front())
            out += ',';
        append_function(out, f);
    }
    out += "],\"schemes\":";
    append_strings(out, p.schemes);
    return out + '}';
}

result<plugin_description, failure> parse_description(std::string_view text)
{
    const auto refused = [](std::string why) {
        return failure{.code = "plugin-description",
                       .message = "The plugin does not describe itself well: " + std::move(why) + "."};
    };
    boost::system::error_code error;
    const auto value = json::parse(json::string_view(text), error);
    if (error)
        return refused("no JSON, " + error.message());

    plugin_description p;
    std::string flaw;
    member_reader read(value, flaw);
    read.text("name", p.name, true);
    read.text("version", p.version, true);
    read.number("abiMajor", p.abi_major);
    read.number("abiMinor", p.abi_minor);
    read.flag("concurrent", p.concurrent);
    read.flag("serial", p.serial);
    read.flag("valuesTasks", p.values_tasks);
    read.texts("tasks", p.tasks);
    // Who names tasks values them, and need not say so.
    p.values_tasks = p.values_tasks || !p.tasks.empty();
    read.list("functions", [&](const json::value& one) { p.functions.push_back(function_of(one, flaw)); });
    read.texts("schemes", p.schemes);
    if (flaw.empty())
        flaw = flaw_of(p);
    if (!flaw.empty())
        return refused(std::move(flaw));
    return p;
}

} // namespace vn
