#include "api/pages.hpp"

#include "core/json_text.hpp"
#include "core/number_text.hpp"

namespace vn {

result<page_query, failure> read_page_query(const http::request& r)
{
    page_query q;
    if (const auto limit = r.query.find("limit"))
    {
        const auto n = parse_number<std::size_t>(*limit);
        if (r.query.count("limit") > 1 || !n || *n == 0 || *n > stream_pages::most)
            return failure{.code = "bad-limit",
                           .message = "limit has to be a number from 1 to " + std::to_string(stream_pages::most) + "."};
        q.limit = *n;
    }
    if (const auto cursor = r.query.find("cursor"))
    {
        if (r.query.count("cursor") > 1 || !is_entry_id(*cursor))
            return failure{.code = "bad-cursor", .message = "cursor has to be that of an earlier page."};
        q.cursor = *cursor;
    }
    return q;
}

void append_next(std::string& json, const stream_page& page)
{
    json += R"("cursor":)";
    json += page.next.empty() ? std::string("null") : json_string(page.next);
}

} // namespace vn
