#include "ctl/answers.hpp"

#include "ctl/exit_codes.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace vn::ctl {

namespace json = boost::json;

json::object parsed(const std::string& body)
{
    boost::system::error_code ec;
    auto value = json::parse(body, ec);
    return ec || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::string text(const json::object& o, std::string_view key)
{
    const auto* v = o.if_contains(key);
    return !v ? "" : v->is_string() ? std::string(v->get_string()) : json::serialize(*v);
}

std::string safe_part(const std::string& id)
{
    std::string safe;
    for (const char c : id)
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-')
            safe += c;
    return safe == id && !id.empty() ? id : "unknown";
}

std::string path_of(const std::string& id, const char* what)
{
    return "/valuation/" + safe_part(id) + (*what ? "/" : "") + what;
}

bool may_pass(const answer& a)
{
    return a.status == 0 || a.status == 503;
}

int complain(const client& server, const answer& a, bool as_json)
{
    if (a.status == 0)
    {
        std::cerr << "vnctl: " << server.url() << ": " << a.why << '\n';
        return a.timed_out ? timed_out : cannot_connect;
    }
    const auto problem = parsed(a.body);
    if (as_json && !problem.empty())
        std::cout << a.body << '\n';
    const auto message = text(problem, "message");
    const auto code = text(problem, "code");
    std::cerr << "vnctl: " << (message.empty() ? "the server answered " + std::to_string(a.status) : message)
              << (code.empty() ? "" : " (" + code + ")") << '\n';
    return a.status == 404 || a.status == 410 ? not_found : failed;
}

} // namespace vn::ctl
