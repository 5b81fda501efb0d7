#include "ctl/control.hpp"

#include "ctl/answers.hpp"
#include "ctl/exit_codes.hpp"

#include <iostream>

namespace vn::ctl {

int cancel(client& server, const std::string& id, bool json)
{
    const auto a = server.call("DELETE", path_of(id, ""));
    if (a.status != 200)
        return complain(server, a, json);
    std::cout << (json ? a.body : "cancelled") << '\n';
    return success;
}

int retry(client& server, const std::string& id, bool wait, std::chrono::seconds limit, output how)
{
    const auto a = server.call("POST", path_of(id, "retry"));
    if (a.status != 202)
        return complain(server, a, how.json);
    if (wait)
        return await_results(server, id, limit, how);
    std::cout << (how.json ? a.body : id) << '\n';
    return success;
}

} // namespace vn::ctl
