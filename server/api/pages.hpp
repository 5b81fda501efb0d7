// Lists that are asked for page by page: ?limit=N&cursor=C, and the JSON of what people read back from streams.
#pragma once

#include "core/error.hpp"
#include "engine/stream_pages.hpp"
#include "http/request.hpp"

#include <string>

namespace vn {

struct page_query
{
    std::size_t limit = 50;
    std::string cursor; // empty: the first page
};

// Codes: bad-limit, bad-cursor.
result<page_query, failure> read_page_query(const http::request& r);

// "cursor":..., the last member of a page; null on the last one.
void append_next(std::string& json, const stream_page& page);

} // namespace vn
