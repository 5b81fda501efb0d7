#include "engine/request_list.hpp"

#include "core/ids.hpp"
#include "domain/life_cycle.hpp"

#include <algorithm>

namespace vn {

namespace {

constexpr std::size_t looked_at_once = 2'000;
constexpr int scripts_at_most = 100; // expired ones are looked at once and are gone then
constexpr std::size_t time_digits = 13;

} // namespace

bool request_list::is_cursor(std::string_view text)
{
    return text.size() > time_digits + 1 && text[time_digits] == '-' && is_uuid(text.substr(time_digits + 1)) &&
           std::ranges::all_of(text.substr(0, time_digits), [](char c) { return c >= '0' && c <= '9'; });
}

awaitable<result<request_page>> request_list::read(std::string status, std::string cursor, std::size_t limit)
{
    request_page page;
    page.next = std::move(cursor);
    for (int scripts = 0; scripts < scripts_at_most && page.requests.size() < limit; ++scripts)
    {
        redis::arguments args;
        args << status << page.next << limit - page.requests.size() << looked_at_once << settings_.request_ttl.count();
        auto r = co_await redis_.run(redis::scripts::list_requests, args);
        if (!r)
            co_return r.error();
        const auto items = r->items();
        if (items.empty())
            co_return errc::protocol;
        page.next = items[0].string();
        for (std::size_t i = 1; i < items.size(); ++i)
        {
            const auto f = items[i].items();
            if (f.size() != 9)
                continue;
            // Other programs' words for the same.
            const auto word = request_status_of(f[1].text());
            page.requests.push_back({.id = f[0].string(),
                                     .status = word ? std::string(name_of(*word)) : f[1].string(),
                                     .received_at = f[2].string(),
                                     .started_at = f[3].string(),
                                     .completed_at = f[4].string(),
                                     .group_count = static_cast<std::size_t>(std::max(f[5].number(), 0LL)),
                                     .current_group = f[6].number(-1),
                                     .user = f[7].string(),
                                     .priority = f[8].string()});
        }
        if (page.next.empty())
            break;
    }
    co_return page;
}

} // namespace vn
