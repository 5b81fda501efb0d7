// The JSON form of what a plugin says of itself; what may stand in it is judged in plugin_description.cpp.
#include "core/json_text.hpp"
#include "execution/plugin_description.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace vn {

namespace {

namespace json = boost::json;

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
