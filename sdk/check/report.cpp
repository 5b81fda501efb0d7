#include "check/report.hpp"

#include <algorithm>
#include <cstdio>

namespace vn::check {
namespace {

// kind, name, detail, help
std::vector<std::string> fields_of(const std::string& text)
{
    std::vector<std::string> fields;
    for (std::size_t at = 0; at <= text.size();)
    {
        const auto end = std::min(text.find('\t', at), text.size());
        fields.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    fields.resize(4);
    return fields;
}

// Bytes that are not ASCII are written as they are only where they are surely UTF-8; plugins' texts need not be.
std::string quoted(const std::string& text)
{
    std::string out = "\"";
    for (const char c : text)
    {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += '\\';
        if (byte >= 0x20 && byte < 0x7f)
        {
            out += c;
            continue;
        }
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", byte < 0x7f ? byte : 0xfffd);
        out += escape;
    }
    return out + '"';
}

template <class Use>
void each_record(const std::vector<finding>& findings, char kind, Use use)
{
    for (const auto& each : findings)
        for (const auto& record : each.records)
            if (record.kind == kind)
                use(each, record);
}

} // namespace

std::size_t report::problems() const
{
    std::size_t count = 0;
    each_record(findings, 'P', [&](auto&, auto&) { ++count; });
    return count;
}

std::string report::text() const
{
    std::string out = file + "\n";
    const auto line = [&](std::string first, const std::string& rest) {
        first.resize(std::max<std::size_t>(first.size() + 1, 12), ' ');
        out += "  " + first + rest + "\n";
    };
    each_record(findings, 'O', [&](auto&, auto& record) {
        const auto fields = fields_of(record.text);
        line(fields[0], fields[1] + (fields[2].empty() || fields[2][0] == '(' ? "" : " ") + fields[2] +
                            (fields[3].empty() ? "" : "   " + fields[3]));
    });
    for (const auto& each : findings)
    {
        const bool bad = std::any_of(each.records.begin(), each.records.end(), [](auto& r) { return r.kind == 'P'; });
        line(bad ? "FOUND" : "ok", each.trial);
        for (const auto& record : each.records)
            if (record.kind != 'O')
                line("", std::string(record.kind == 'P' ? "  problem: " : "  note: ") + record.text);
    }
    const auto count = problems();
    return out + (count == 0 ? "nothing found" : count == 1 ? "1 problem" : std::to_string(count) + " problems") + "\n";
}

std::string report::json() const
{
    const auto list = [&](char kind, auto&& item) {
        std::string items;
        each_record(findings, kind,
                    [&](auto& each, auto& record) { (items += items.empty() ? "" : ",") += item(each, record); });
        return "[" + items + "]";
    };
    const auto told = [](const finding& each, const record& record) {
        return "{\"trial\":" + quoted(each.trial) + ",\"text\":" + quoted(record.text) + "}";
    };
    const auto offers = list('O', [](const finding&, const record& record) {
        const auto fields = fields_of(record.text);
        return "{\"kind\":" + quoted(fields[0]) + ",\"name\":" + quoted(fields[1]) +
               ",\"detail\":" + quoted(fields[2]) + ",\"help\":" + quoted(fields[3]) + "}";
    });
    std::string trials;
    for (const auto& each : findings)
        (trials += trials.empty() ? "" : ",") += quoted(each.trial);
    return "{\"file\":" + quoted(file) + ",\"offers\":" + offers + ",\"trials\":[" + trials +
           "],\"problems\":" + list('P', told) + ",\"notes\":" + list('N', told) + "}\n";
}

} // namespace vn::check
