// The plugin as the server runs it, inline and in host processes, on one loop and one I/O thread.
#pragma once

#include "execution/host_runner.hpp"
#include "execution/inline_runner.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace vn::bench {

// One thread, the one that ends it. Everything waits a minute at most and throws std::runtime_error then.
class plugin_runners
{
public:
    // file: absolute.
    explicit plugin_runners(std::string file);
    plugin_runners(const plugin_runners&) = delete;
    ~plugin_runners();

    plugin_runner& add_inline();
    plugin_runner& add_host(std::size_t processes);

    // So many tasks on their way at every moment until the time is over; how many were valued. Throws if one fails.
    std::size_t call(plugin_runner& runner, const std::string& document, std::size_t in_flight,
                     clock::time_point until);

private:
    template <class Done>
    void run_until(Done done);

    const std::string file_;
    plugin_settings settings_;
    asio::io_context loop_{1};
    asio::thread_pool pool_{2};
    mapped_plugins mapped_;
    std::vector<std::unique_ptr<plugin_runner>> runners_;
};

} // namespace vn::bench
