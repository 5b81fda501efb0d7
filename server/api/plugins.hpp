// GET /plugins: what this node offers, drains and has refused. I/O thread only.
#pragma once

#include "execution/plugin_set.hpp"
#include "http/router.hpp"

#include <string>

namespace vn {

class plugins_api
{
public:
    // Borrowed; outlives the routes.
    plugins_api(const plugin_set& plugins, std::string node) : plugins_(plugins), node_(std::move(node)) {}

    void add_routes(http::router& routes);

private:
    std::string listed() const;

    const plugin_set& plugins_;
    const std::string node_;
};

} // namespace vn
