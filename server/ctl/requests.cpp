#include "ctl/requests.hpp"

#include "ctl/exit_codes.hpp"
#include "ctl/progress.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <thread>

namespace vn::ctl {

namespace json = boost::json;
using std::chrono::steady_clock;

namespace {

constexpr auto look_again = std::chrono::milliseconds(200);

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

// Ids come from the command line and go into a path.
std::string path_of(const std::string& id, const char* what)
{
    std::string safe;
    for (const char c : id)
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-')
            safe += c;
    return "/valuation/" + (safe == id && !id.empty() ? id : "unknown") + "/" + what;
}

int complain(const client& server, const answer& a, const output& how)
{
    if (a.status == 0)
    {
        std::cerr << "vnctl: " << server.url() << ": " << a.why << '\n';
        return a.timed_out ? timed_out : cannot_connect;
    }
    const auto problem = parsed(a.body);
    if (how.json && !problem.empty())
        std::cout << a.body << '\n';
    const auto message = text(problem, "message");
    const auto code = text(problem, "code");
    std::cerr << "vnctl: " << (message.empty() ? "the server answered " + std::to_string(a.status) : message)
              << (code.empty() ? "" : " (" + code + ")") << '\n';
    return a.status == 404 || a.status == 410 ? not_found : failed;
}

bool has_ended(std::string_view status)
{
    return status == "succeeded" || status == "failed" || status == "cancelled";
}

std::optional<std::string> read_input(const std::string& file)
{
    if (file == "-")
        return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return std::nullopt;
    std::string content(std::istreambuf_iterator<char>(in), {});
    return in.bad() ? std::nullopt : std::optional(std::move(content));
}

// The state when the request has ended, or when the limit has passed.
int follow(client& server, const std::string& id, std::chrono::seconds limit, const output& how, progress& shown)
{
    const auto end = steady_clock::now() + limit;
    for (;;)
    {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
        const auto a = server.get(path_of(id, "status"), std::max(left, look_again));
        if (a.status != 200)
            return complain(server, a, how);
        const auto state = parsed(a.body);
        const auto status = text(state, "status");
        shown.show(state);
        if (has_ended(status))
            return status == "succeeded" ? success : failed;
        if (steady_clock::now() + look_again >= end)
        {
            std::cerr << "vnctl: the request has not ended within " << limit.count() << " s\n";
            return timed_out;
        }
        std::this_thread::sleep_for(look_again);
    }
}

} // namespace

int submit(client& server, const std::string& file, bool wait, std::chrono::seconds limit, output how)
{
    const auto document = read_input(file);
    if (!document)
    {
        std::cerr << "vnctl: " << file << " cannot be read\n";
        return bad_usage;
    }
    const auto a = server.post_xml("/valuation?sync=N", *document, std::chrono::minutes(2));
    if (a.status != 202)
        return complain(server, a, how);
    const auto id = text(parsed(a.body), "requestId");
    if (!wait)
    {
        std::cout << (how.json ? a.body : id) << '\n';
        return success;
    }
    std::cerr << id << '\n';
    progress silent(false, false);
    const int ended = follow(server, id, limit, {}, silent);
    if (ended == success)
        return show_results(server, id, how);
    if (ended == failed)
        show_status(server, id, how);
    return ended;
}

int show_status(client& server, const std::string& id, output how)
{
    const auto a = server.get(path_of(id, "status"));
    if (a.status != 200)
        return complain(server, a, how);
    const auto state = parsed(a.body);
    if (how.json)
        std::cout << a.body << '\n';
    else
        progress(false, true).show(state);
    const auto status = text(state, "status");
    return status == "failed" || status == "cancelled" ? failed : success;
}

int show_results(client& server, const std::string& id, output how)
{
    const auto a = server.get(path_of(id, "results"), std::chrono::minutes(2));
    if (a.status != 200)
        return complain(server, a, how);
    if (how.json)
        std::cout << json::serialize(json::object{{"requestId", id}, {"response", a.body}}) << '\n';
    else
        std::cout << a.body << (a.body.ends_with('\n') ? "" : "\n");
    return success;
}

int watch(client& server, const std::string& id, std::chrono::seconds limit, output how)
{
    progress shown(how.terminal && !how.json, true, how.json);
    return follow(server, id, limit, how, shown);
}

int list_plugins(client& server, output how)
{
    const auto a = server.get("/plugins");
    if (a.status != 200)
        return complain(server, a, how);
    if (how.json)
    {
        std::cout << a.body << '\n';
        return success;
    }
    const auto listed = parsed(a.body);
    const auto* plugins = listed.if_contains("plugins");
    for (const auto& item : plugins && plugins->is_array() ? plugins->get_array() : json::array())
    {
        const auto* p = item.if_object();
        if (!p)
            continue;
        const auto why = text(*p, "reason");
        const auto name = text(*p, "name");
        std::cout << text(*p, "file") << "  " << text(*p, "state");
        if (!name.empty())
            std::cout << "  " << name << ' ' << text(*p, "version");
        if (text(*p, "state") != "refused")
            std::cout << "  " << text(*p, "run") << "  calls " << text(*p, "calls") << "  failures "
                      << text(*p, "failures") << "  hosts " << text(*p, "hosts");
        std::cout << "  " << text(*p, "sha256").substr(0, 12) << (why.empty() ? "" : "  " + why) << '\n';
    }
    if (const auto* warnings = listed.if_contains("warnings"); warnings && warnings->is_array())
        for (const auto& w : warnings->get_array())
            if (w.is_string())
                std::cerr << "vnctl: warning: " << std::string_view(w.get_string()) << '\n';
    return success;
}

} // namespace vn::ctl
