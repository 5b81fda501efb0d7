#include "check/samples.hpp"

#include <vn/document.hpp>
#include <vn/function.hpp>

#include <algorithm>
#include <cstdint>

namespace vn::check {
namespace {

constexpr const char* sample_document = R"(<?xml version="1.0" encoding="UTF-8"?>
<vnml>
  <project>
    <market name="market"><rate>0.05</rate></market>
    <group name="Group1">
      <valuation name="sample"><!-- a comment --><market name="market"><currency>EUR</currency><rate>0.05</rate></market>
        <model name="model"><kind>flat</kind></model>
        <instrument name="bond"><coupon>4</coupon><maturity>5</maturity><note><![CDATA[a < b]]> &amp; c</note></instrument>
        <analytics><price><amount>0</amount></price></analytics></valuation>
    </group>
  </project>
</vnml>
)";

std::string good_argument(std::int32_t type)
{
    switch (type)
    {
    case VN_TYPE_NUMBER:
        return "7.5";
    case VN_TYPE_INTEGER:
        return "2";
    case VN_TYPE_BOOLEAN:
        return "true";
    case VN_TYPE_DATE:
        return "2026-01-31";
    case VN_TYPE_XML:
        return "<a>1</a>";
    case VN_TYPE_PATH:
        return "/vnml/project";
    default:
        return "HOLA";
    }
}

job function_job(const vn_function& function, std::string label, std::vector<std::string> arguments)
{
    job made;
    made.label = std::string(function.name) + ", " + std::move(label);
    made.name = function.name;
    made.function = &function;
    made.arguments = std::move(arguments);
    return made;
}

std::vector<std::string> good_arguments(const vn_function& function, bool with_optional)
{
    std::vector<std::string> values;
    for (std::uint32_t i = 0; i < function.argument_count; ++i)
        if (with_optional || !(function.arguments[i].flags & VN_ARGUMENT_OPTIONAL))
            values.push_back(good_argument(function.arguments[i].type));
    return values;
}

template <class Use>
void each_function(const plugin_instance& plugin, Use use)
{
    for (std::uint32_t i = 0; plugin.functions && i < plugin.functions->count; ++i)
        use(*plugin.functions->functions[i]);
}

const std::string& document_of(const options& chosen)
{
    static const std::string ours = sample_document;
    return chosen.task_document.empty() ? ours : chosen.task_document;
}

bool is_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();)
    {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t more = c < 0x80                ? 0
                                 : c >= 0xC2 && c < 0xE0 ? 1
                                 : c >= 0xE0 && c < 0xF0 ? 2
                                 : c >= 0xF0 && c < 0xF5 ? 3
                                                         : 9;
        if (more >= text.size() - i)
            return false;
        std::uint32_t value = more == 0 ? c : c & (0x3Fu >> more);
        for (std::size_t k = 1; k <= more; ++k)
        {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next & 0xC0) != 0x80)
                return false;
            value = value << 6 | (next & 0x3F);
        }
        if ((more == 2 && value < 0x800) || (more == 3 && (value < 0x10000 || value > 0x10FFFF)) ||
            (value >= 0xD800 && value < 0xE000))
            return false;
        i += more + 1;
    }
    return true;
}

bool is_content(const std::string& text)
{
    try
    {
        detail::scan_xml("<r>" + text + "</r>");
        return true;
    }
    catch (const error&)
    {
        return false;
    }
}

// What the host would refuse in the answer to a task; empty: nothing.
std::string task_answer_problem(const std::string& answer)
{
    const auto text = trimmed(answer);
    if (text.empty())
        return "the answer is empty";
    if (text.front() == '<')
    {
        try
        {
            const document parsed{text};
            return parsed.find("valuation") ? "" : "the answer has no valuation in it";
        }
        catch (const error& e)
        {
            return std::string("the answer is not XML: ") + e.what();
        }
    }
    const auto value = text.find_first_not_of("0123456789.") == text.npos ? to_number(text) : std::nullopt;
    return value && text.size() <= 64 && text.back() != '.' ? "" : "the answer is neither a document nor a number";
}

std::string function_answer_problem(std::int32_t type, const std::string& answer)
{
    const auto text = trimmed(answer);
    const bool fits = type == VN_TYPE_NUMBER    ? to_number(text).has_value()
                      : type == VN_TYPE_INTEGER ? to_integer(text).has_value()
                      : type == VN_TYPE_BOOLEAN ? text == "true" || text == "false"
                      : type == VN_TYPE_DATE    ? detail::is_date(text)
                      : type == VN_TYPE_XML     ? is_content(answer)
                      : type == VN_TYPE_PATH    ? !text.empty()
                                                : true;
    return fits ? "" : "the result does not have the declared type";
}

} // namespace

std::vector<job> good_jobs(const plugin_instance& plugin, const options& chosen)
{
    std::vector<job> jobs;
    if (plugin.task)
        jobs.push_back({"task " + plugin.task_name(), plugin.task_name(), document_of(chosen), nullptr, {}, false});
    each_function(plugin, [&](const vn_function& each) {
        jobs.push_back(function_job(each, "all arguments", good_arguments(each, true)));
        jobs.push_back(function_job(each, "required arguments", good_arguments(each, false)));
    });
    return jobs;
}

std::vector<job> bad_jobs(const plugin_instance& plugin, const options& chosen)
{
    using namespace std::string_literals;
    std::vector<job> jobs;
    const auto& good = document_of(chosen);
    const auto task = [&](std::string label, std::string payload) {
        if (plugin.task)
            jobs.push_back({"task, " + label, plugin.task_name(), std::move(payload), nullptr, {}, false});
    };
    task("empty", "");
    task("white space", " \n\t ");
    task("a lone <", "<");
    task("not XML", "hello, world");
    task("NUL bytes", "\0\0\0\0"s);
    task("one empty element", "<vnml/>");
    task("another root", "<?xml version=\"1.0\"?><other><thing/></other>");
    task("not UTF-8", "<vnml><project>\xff\xfe\xc0\x80</project></vnml>");
    task("a document type", "<!DOCTYPE v [<!ENTITY a \"b\">]><vnml>&a;</vnml>");
    task("empty amount", "<vnml><valuation><analytics><price><amount/></price></analytics></valuation></vnml>");
    for (std::size_t part = 1; part < 16; ++part)
        task("cut off after " + std::to_string(part) + "/16", good.substr(0, good.size() * part / 16));
    for (const char* wrong : {"", "abc", "-1", "1e999", "NaN", "99999999999999999999999999"})
    {
        std::string changed; // every number of the good document replaced
        for (std::size_t i = 0; i < good.size();)
        {
            const auto end = std::min(good.find_first_not_of("0123456789.", i), good.size());
            const bool number = end > i && i > 0 && good[i - 1] == '>' && good.substr(end, 1) == "<";
            changed += number ? std::string(wrong) : good.substr(i, std::max<std::size_t>(end - i, 1));
            i = std::max(end, i + 1);
        }
        task("numbers replaced by '" + std::string(wrong) + "'", changed);
    }

    each_function(plugin, [&](const vn_function& each) {
        for (const auto& [label, value] :
             std::initializer_list<std::pair<const char*, std::string>>{{"empty arguments", ""},
                                                                        {"words", "no number"},
                                                                        {"NUL bytes", "\0\0"s},
                                                                        {"not UTF-8", "\xff\xfe"},
                                                                        {"huge numbers", "1e308"},
                                                                        {"nan", "nan"},
                                                                        {"negative", "-9223372036854775808"},
                                                                        {"zero", "0"},
                                                                        {"format strings", "%s%n%s%n"},
                                                                        {"broken XML", "<a><b></a>"}})
            jobs.push_back(
                function_job(each, label, std::vector<std::string>(good_arguments(each, true).size(), value)));
        if (each.argument_count > 0 && (each.arguments[each.argument_count - 1].flags & VN_ARGUMENT_REPEATED))
        {
            auto many = good_arguments(each, true);
            many.resize(1000, many.back());
            jobs.push_back(function_job(each, "a thousand arguments", many));
        }
    });

    // Nothing but our own machine's closed port: the fetcher may well use the network.
    for (std::uint32_t i = 0; plugin.fetcher && i < plugin.fetcher->scheme_count; ++i)
        for (const char* rest : {":", "://", "://127.0.0.1:1/none", "://%00%ff/", ":\x01\x02"})
        {
            const std::string scheme = plugin.fetcher->schemes[i];
            jobs.push_back({"fetch " + scheme + rest, scheme, scheme + rest, nullptr, {}, true});
        }
    return jobs;
}

std::vector<job> huge_jobs(const plugin_instance& plugin)
{
    std::vector<job> jobs;
    constexpr std::size_t size = 16u << 20;
    if (plugin.task)
    {
        const std::string head = "<vnml><project><group name=\"g\"><valuation name=\"v\">";
        const std::string tail =
            "<analytics><price><amount>0</amount></price></analytics></valuation></group></project></vnml>";
        const auto task = [&](const char* label, const std::string& middle) {
            jobs.push_back(
                {std::string("task, ") + label, plugin.task_name(), head + middle + tail, nullptr, {}, false});
        };
        task("16 MB of text", "<note>" + std::string(size, 'x') + "</note>");
        std::string many, deep;
        while (many.size() < size / 16)
            many += "<a/>";
        task("a quarter of a million elements", many);
        for (int i = 0; i < 100'000; ++i)
            deep += "<a>";
        for (int i = 0; i < 100'000; ++i)
            deep += "</a>";
        task("elements nested 100,000 deep", deep);
    }
    each_function(plugin, [&](const vn_function& each) {
        std::vector<std::string> values(good_arguments(each, true).size());
        for (auto& value : values)
            value.assign(1u << 20, '9');
        if (!values.empty())
            jobs.push_back(function_job(each, "1 MB for each argument", values));
    });
    return jobs;
}

vn_status perform(const plugin_instance& plugin, const job& what, recorded_call& call)
{
    if (what.function)
        return plugin.apply(*what.function, call, what.arguments);
    return what.fetch ? plugin.fetch(call, what.payload) : plugin.run(call);
}

std::vector<std::string> judge(const job& what, const recorded_call& call, vn_status status)
{
    auto found = call.wrongs();
    const auto& answer = call.answer();
    if (status < VN_OK || status > VN_FAILED)
        found.push_back("status " + std::to_string(status) + " does not exist");
    else if (status != VN_OK && status != VN_CANCELLED && call.reason().empty())
        found.push_back("fails without a reason");
    if (call.over_limit())
        found.push_back("the answer is too large");
    else if (status == VN_OK && !what.fetch)
    {
        const auto wrong =
            what.function ? function_answer_problem(what.function->result, answer) : task_answer_problem(answer);
        if (!wrong.empty())
            found.push_back(wrong + ": '" + answer.substr(0, 40) + "'");
        else if (!is_utf8(answer) && is_utf8(what.payload) &&
                 std::all_of(what.arguments.begin(), what.arguments.end(), is_utf8))
            found.push_back("the answer is not UTF-8");
    }
    for (auto& each : found)
        each = what.label + ": " + each;
    return found;
}

} // namespace vn::check
