#include "ctl/follow.hpp"

#include "ctl/answers.hpp"
#include "ctl/exit_codes.hpp"

#include <algorithm>
#include <iostream>
#include <thread>

namespace vn::ctl {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr milliseconds shortest_pause = 20ms;
constexpr milliseconds longest_pause = 1s;
constexpr milliseconds longest_call = 30s;
constexpr auto longest_absence = 60s;

bool has_ended(std::string_view status)
{
    return status == "succeeded" || status == "failed" || status == "cancelled";
}

} // namespace

int follow(client& server, const std::string& id, std::chrono::seconds limit, bool json, progress& shown)
{
    const auto end = clock::now() + limit;
    const auto left = [&] { return std::chrono::ceil<milliseconds>(end - clock::now()); };
    // When the server answered last; never yet: not worth waiting for.
    auto heard = clock::time_point::min();
    for (auto pause = shortest_pause;; pause = std::min(pause + pause / 2, longest_pause))
    {
        const auto a = server.get(path_of(id, "status"), std::clamp(left(), shortest_pause, longest_call));
        if (a.status == 200)
        {
            heard = clock::now();
            const auto state = parsed(a.body);
            shown.show(state);
            if (const auto status = text(state, "status"); has_ended(status))
                return status == "succeeded" ? success : failed;
        }
        else if (!may_pass(a) || heard == clock::time_point::min() || clock::now() - heard > longest_absence)
        {
            shown.end();
            return complain(server, a, json);
        }
        if (left() <= 0ms)
        {
            shown.end();
            std::cerr << "vnctl: the request has not ended within " << limit.count() << " s\n";
            return timed_out;
        }
        std::this_thread::sleep_for(std::min(pause, left()));
    }
}

} // namespace vn::ctl
