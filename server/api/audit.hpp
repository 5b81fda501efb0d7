// GET /audit: what people have cancelled, retried, requeued and dropped. I/O thread only.
#pragma once

#include "engine/stream_pages.hpp"
#include "http/router.hpp"

namespace vn {

class audit_api
{
public:
    explicit audit_api(stream_pages& pages) : pages_(pages) {}

    void add_routes(http::router& routes);

private:
    awaitable<http::reply> list(http::request& r);

    stream_pages& pages_;
};

} // namespace vn
