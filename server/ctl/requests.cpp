#include "ctl/requests.hpp"

#include "ctl/answers.hpp"
#include "ctl/exit_codes.hpp"
#include "ctl/follow.hpp"
#include "ctl/progress.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

namespace vn::ctl {

namespace json = boost::json;

namespace {

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
        return complain(server, a, how.json);
    const auto id = text(parsed(a.body), "requestId");
    if (!wait)
    {
        std::cout << (how.json ? a.body : id) << '\n';
        return success;
    }
    std::cerr << id << '\n';
    return await_results(server, id, limit, how);
}

int await_results(client& server, const std::string& id, std::chrono::seconds limit, output how)
{
    progress silent(false, false);
    const int ended = follow(server, id, limit, false, silent);
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
        return complain(server, a, how.json);
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
        return complain(server, a, how.json);
    if (how.json)
        std::cout << json::serialize(json::object{{"requestId", id}, {"response", a.body}}) << '\n';
    else
        std::cout << a.body << (a.body.ends_with('\n') ? "" : "\n");
    return success;
}

int watch(client& server, const std::string& id, std::chrono::seconds limit, output how)
{
    progress shown(how.terminal && !how.json, true, how.json);
    return follow(server, id, limit, how.json, shown);
}

int list_plugins(client& server, output how)
{
    const auto a = server.get("/plugins");
    if (a.status != 200)
        return complain(server, a, how.json);
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
