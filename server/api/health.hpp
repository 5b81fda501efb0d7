// GET /healthz /livez /readyz. Served by every role. I/O thread only.
#pragma once

#include "http/router.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vn {

class health_api
{
public:
    // Gives why not, or nothing if all is well. Quick: it only looks at what is known.
    using check = std::function<std::optional<std::string>()>;

    // Checks run in the order of adding.
    void add(std::string name, check c) { checks_.push_back({std::move(name), std::move(c)}); }

    void add_routes(http::router& routes);

    // Why not, or nothing.
    std::optional<std::string> not_ready() const;

private:
    struct named
    {
        std::string name;
        check why_not;
    };

    std::vector<named> checks_;
};

} // namespace vn
