#include "ctl/listing.hpp"

#include "ctl/answers.hpp"
#include "ctl/exit_codes.hpp"
#include "ctl/progress.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <iostream>

namespace vn::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t page = 500;

const json::array& array_of(const json::object& o, std::string_view key)
{
    static const json::array none;
    const auto* v = o.if_contains(key);
    return v && v->is_array() ? v->get_array() : none;
}

void print_request(const json::object& r)
{
    std::cout << text(r, "requestId") << "  " << text(r, "status") << "  " << text(r, "receivedAt");
    if (const auto ended = text(r, "completedAt"); ended != "null")
        std::cout << "  " << ended;
    if (const auto user = text(r, "user"); user != "null")
        std::cout << "  " << user;
    std::cout << '\n';
}

void print_task(const json::object& t)
{
    std::cout << "task " << text(t, "task") << "  " << text(t, "state");
    for (const auto& [key, what] : {std::pair("attempt", "attempt"), std::pair("node", "on"),
                                    std::pair("since", "since"), std::pair("nextAttempt", "next by")})
        if (const auto value = text(t, key); !value.empty())
            std::cout << "  " << what << ' ' << value;
    if (const auto* e = t.if_contains("lastError"); e && e->is_object())
        std::cout << "  " << text(e->get_object(), "code") << ": " << text(e->get_object(), "error");
    std::cout << '\n';
}

} // namespace

int list_requests(client& server, const std::string& status, std::size_t limit, bool json)
{
    std::string cursor;
    while (limit > 0)
    {
        const auto a =
            server.get("/valuation?limit=" + std::to_string(std::min(limit, page)) +
                       (status.empty() ? "" : "&status=" + status) + (cursor.empty() ? "" : "&cursor=" + cursor));
        if (a.status != 200)
            return complain(server, a, json);
        const auto answer = parsed(a.body);
        const auto& requests = array_of(answer, "requests");
        if (json)
            std::cout << a.body << '\n';
        else
            for (const auto& r : requests)
                if (r.is_object())
                    print_request(r.get_object());
        limit -= std::min(limit, requests.size());
        cursor = text(answer, "cursor");
        if (cursor == "null" || cursor.empty())
            break;
    }
    return success;
}

int show_tasks(client& server, const std::string& id, bool json)
{
    std::string from = "1";
    for (bool first = true; from != "null" && !from.empty(); first = false)
    {
        const auto a = server.get(path_of(id, "status") + "?tasks=open&limit=1000&from=" + from);
        if (a.status != 200)
            return complain(server, a, json);
        const auto state = parsed(a.body);
        if (json)
            std::cout << a.body << '\n';
        else if (first)
            progress(false, true).show(state);
        from.clear();
        for (const auto& g : array_of(state, "groups"))
        {
            if (!g.is_object() || !g.get_object().contains("tasks"))
                continue;
            from = text(g.get_object(), "nextTask");
            for (const auto& t : array_of(g.get_object(), "tasks"))
                if (!json && t.is_object())
                    print_task(t.get_object());
        }
    }
    return success;
}

} // namespace vn::ctl
