// What a socket pair alone costs: processes that send back what they get, and nothing else.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vn::bench {

class echo
{
public:
    // Forks, so call it before any thread runs.
    explicit echo(std::size_t processes);
    echo(const echo&) = delete;
    ~echo();

    // One message on its way in each process until the time is over; how many came back.
    std::size_t exchange(const std::string& message, std::chrono::steady_clock::time_point until);

private:
    struct peer
    {
        int socket = -1;
        pid_t id = -1;
    };

    void start_one();
    void leave();

    std::vector<peer> peers_;
    std::string received_;
};

} // namespace vn::bench
