#include "ctl/dead.hpp"

#include "ctl/answers.hpp"
#include "ctl/exit_codes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <functional>
#include <iostream>

namespace vn::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t page = 200; // the server gives no more at once

std::string dead_path(const std::string& entry)
{
    const auto slash = entry.find('/');
    return "/dead/" + safe_part(entry.substr(0, slash)) + "/" +
           safe_part(slash == entry.npos ? std::string() : entry.substr(slash + 1));
}

// Calls take with each entry of the list at path, page by page; the exit code.
int each(client& server, const std::string& path, std::size_t limit, bool as_json,
         const std::function<void(const json::object&)>& take)
{
    std::string cursor;
    while (limit > 0)
    {
        const auto asked = std::min(limit, page);
        const auto a =
            server.get(path + "limit=" + std::to_string(asked) + (cursor.empty() ? "" : "&cursor=" + cursor));
        if (a.status != 200)
            return complain(server, a, as_json);
        const auto list = parsed(a.body);
        const auto* entries = list.if_contains("entries");
        for (const auto& item : entries && entries->is_array() ? entries->get_array() : json::array())
            if (const auto* e = item.if_object())
                take(*e);
        const auto* next = list.if_contains("cursor");
        if (!next || !next->is_string())
            break;
        cursor = next->get_string();
        limit -= asked;
    }
    return success;
}

// A word, or a dash where there is none.
std::string shown(const json::object& o, std::string_view key)
{
    const auto value = text(o, key);
    return value.empty() || value == "null" ? "-" : value;
}

void print(const json::object& e)
{
    std::cout << shown(e, "stream") << '/' << shown(e, "entry") << "  " << shown(e, "at") << "  " << shown(e, "reason")
              << "  deliveries " << shown(e, "deliveries") << "  request " << shown(e, "requestId");
    if (const auto* fields = e.if_contains("fields"); fields && fields->is_object())
        if (const auto task = text(fields->get_object(), "taskId"); !task.empty())
            std::cout << "  group " << shown(fields->get_object(), "groupIdx") << "  task " << task;
    std::cout << '\n';
}

int done(client& server, const answer& a, long wanted, const char* word, bool as_json)
{
    if (a.status != wanted)
        return complain(server, a, as_json);
    std::cout << (as_json ? a.body : word) << '\n';
    return success;
}

} // namespace

int list_dead(client& server, const std::string& stream, std::size_t limit, bool as_json)
{
    json::array all;
    for (const std::string which : {"request", "task"})
    {
        if (!stream.empty() && stream != which)
            continue;
        const int code = each(server, "/dead?stream=" + which + "&", limit, as_json, [&](const json::object& e) {
            if (as_json)
                all.push_back(e);
            else
                print(e);
        });
        if (code != success)
            return code;
    }
    if (as_json)
        std::cout << json::serialize(json::object{{"entries", std::move(all)}}) << '\n';
    return success;
}

int show_dead(client& server, const std::string& entry, bool as_json)
{
    const auto a = server.get(dead_path(entry));
    if (a.status != 200)
        return complain(server, a, as_json);
    if (as_json)
    {
        std::cout << a.body << '\n';
        return success;
    }
    const auto e = parsed(a.body);
    print(e);
    if (const auto* fields = e.if_contains("fields"); fields && fields->is_object())
        for (const auto& [name, value] : fields->get_object())
            std::cout << "  " << std::string_view(name) << ": " << text(fields->get_object(), name) << '\n';
    return success;
}

int requeue_dead(client& server, const std::string& entry, bool as_json)
{
    return done(server, server.call("POST", dead_path(entry) + "/requeue"), 202, "requeued", as_json);
}

int drop_dead(client& server, const std::string& entry, bool as_json)
{
    return done(server, server.call("DELETE", dead_path(entry)), 200, "dropped", as_json);
}

int list_audit(client& server, std::size_t limit, bool as_json)
{
    json::array all;
    const int code = each(server, "/audit?", limit, as_json, [&](const json::object& e) {
        if (as_json)
            all.push_back(e);
        else
            std::cout << shown(e, "at") << "  " << shown(e, "action") << "  by " << shown(e, "by") << "  request "
                      << shown(e, "requestId") << "  entry " << shown(e, "stream") << '/' << shown(e, "entry")
                      << "  node " << shown(e, "node") << '\n';
    });
    if (code == success && as_json)
        std::cout << json::serialize(json::object{{"entries", std::move(all)}}) << '\n';
    return code;
}

} // namespace vn::ctl
