// GET /dead, GET /dead/{stream}/{entry}, POST .../requeue, DELETE /dead/{stream}/{entry}: what could not be used and
// was parked. I/O thread only.
#pragma once

#include "engine/dead_letters.hpp"
#include "engine/stream_pages.hpp"
#include "http/router.hpp"

namespace vn {

class dead_api
{
public:
    dead_api(dead_letters& letters, stream_pages& pages) : letters_(letters), pages_(pages) {}

    void add_routes(http::router& routes);

private:
    awaitable<http::reply> list(http::request& r);
    awaitable<http::reply> show(http::request& r);
    awaitable<http::reply> requeue(http::request& r);
    awaitable<http::reply> drop(http::request& r);

    dead_letters& letters_;
    stream_pages& pages_;
};

} // namespace vn
