// GET /watch: a page on which people submit a request, or pick one, and see it move. Its files are in api/watch and
// built in; what it shows it gets from the API, like any other client. I/O thread only.
#pragma once

#include "http/router.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// As it is in api/watch.
struct watch_file
{
    std::string_view name;
    std::string_view text;
};

std::span<const watch_file> watch_files();

class watch_page
{
    struct page_file
    {
        watch_file what;
        std::string_view media_type;
        std::string tag; // changes with the text
    };
    std::vector<page_file> files_;

public:
    watch_page();

    // /watch and /watch/{file}
    void add_routes(http::router& routes);
    // 304 to a client that has it. Code: not-found.
    http::reply get(const http::request& r, std::string_view name) const;
};

} // namespace vn
