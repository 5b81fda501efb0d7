#include "engine/stream_pages.hpp"

#include "core/number_text.hpp"

#include <algorithm>

namespace vn {

namespace {

constexpr std::size_t listed_fields = 40;
constexpr std::size_t listed_bytes = 512;
constexpr std::size_t shown_fields = 1'000;
constexpr std::size_t shown_bytes = 16 << 10;

} // namespace

std::string_view kept_entry::operator[](std::string_view name) const
{
    const auto at = std::ranges::find(fields, name, [](const auto& f) -> std::string_view { return f.first; });
    return at == fields.end() ? std::string_view() : at->second;
}

awaitable<result<stream_page>> stream_pages::page(std::string_view stream, std::string before, std::size_t limit)
{
    // One more tells whether there is another page.
    auto p = co_await read(stream, before.empty() ? "+" : "(" + before, "-", {limit + 1, listed_fields, listed_bytes});
    if (p && p->entries.size() > limit)
    {
        p->entries.pop_back();
        p->next = p->entries.back().id;
    }
    co_return p;
}

awaitable<result<stream_page>> stream_pages::one(std::string_view stream, std::string id)
{
    return read(stream, id, id, {1, shown_fields, shown_bytes});
}

awaitable<result<stream_page>> stream_pages::read(std::string_view stream, std::string first, std::string last,
                                                  bounds b)
{
    redis::arguments args;
    args << stream << std::move(first) << std::move(last) << b.entries << b.fields << b.bytes;
    const auto r = co_await redis_.run(redis::scripts::read_back, args);
    if (!r)
        co_return r.error();
    const auto items = r->items();
    if (items.empty())
        co_return errc::protocol;
    stream_page p{.length = static_cast<std::size_t>(std::max(items[0].number(), 0LL)), .entries = {}, .next = {}};
    for (std::size_t i = 1; i < items.size(); ++i)
    {
        const auto parts = items[i].items();
        if (parts.size() != 3)
            co_return errc::protocol;
        kept_entry e{.id = parts[0].string(), .cut = parts[1].text() == "1", .fields = {}};
        const auto fields = parts[2].items();
        for (std::size_t f = 0; f + 1 < fields.size(); f += 2)
            e.fields.emplace_back(fields[f].string(), fields[f + 1].string());
        p.entries.push_back(std::move(e));
    }
    co_return p;
}

bool is_entry_id(std::string_view text) noexcept
{
    const auto dash = text.find('-');
    return dash != text.npos && parse_number(text.substr(0, dash)) && parse_number(text.substr(dash + 1));
}

} // namespace vn
