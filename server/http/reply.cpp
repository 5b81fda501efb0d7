#include "http/reply.hpp"

#include "core/json_text.hpp"

namespace vn::http {

namespace {

struct value_writer
{
    std::string& out;

    void operator()(std::string_view text) const { append_json_string(out, text); }
    void operator()(long long number) const { out += std::to_string(number); }
    void operator()(bool claim) const { out += claim ? "true" : "false"; }
    void operator()(json_text json) const { out += json.text; }
};

} // namespace

void reply::set(std::string_view name, std::string_view value)
{
    headers.emplace_back(name, value);
}

reply make_reply(unsigned status, std::string_view content_type, std::string body)
{
    reply out;
    out.status = status;
    out.content_type = content_type;
    out.body = std::move(body);
    return out;
}

reply json_reply(unsigned status, std::string json)
{
    return make_reply(status, "application/json", std::move(json));
}

reply xml_reply(unsigned status, std::string xml)
{
    return make_reply(status, "application/xml; charset=utf-8", std::move(xml));
}

reply empty_reply()
{
    return make_reply(204, "", "");
}

reply error_reply(unsigned status, std::string_view code, std::string_view message,
                  const std::vector<json_member>& extra)
{
    std::string json = "{\"message\":";
    append_json_string(json, message);
    json += ",\"code\":";
    append_json_string(json, code);
    for (const auto& member : extra)
    {
        json += ',';
        append_json_string(json, member.name);
        json += ':';
        std::visit(value_writer{json}, member.value);
    }
    json += '}';
    return json_reply(status, std::move(json));
}

} // namespace vn::http
