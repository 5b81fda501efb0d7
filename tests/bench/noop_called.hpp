// The plugin called with nothing around it: what its own work costs.
#pragma once

#include "execution/plugin_calls.hpp"
#include "execution/plugin_library.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace vn::bench {

class noop_called
{
public:
    // Throws std::runtime_error if the file is no plugin that values tasks.
    explicit noop_called(const std::string& file);
    noop_called(const noop_called&) = delete;
    ~noop_called();

    // run() through the C ABI, with the smallest host there can be: what it writes is copied to a string.
    std::size_t call(const std::string& document, std::chrono::steady_clock::time_point until);
    // The same, and each output is judged as the server does it whatever the plugin ran in.
    std::size_t call_and_judge(const std::string& document, std::chrono::steady_clock::time_point until);

private:
    template <class Then>
    std::size_t call_until(const std::string& document, std::chrono::steady_clock::time_point until, Then then);

    offered_host host_;
    const vn_plugin* plugin_ = nullptr;
    vn_instance* instance_ = nullptr;
    plugin_tables tables_;
    std::string output_;
};

} // namespace vn::bench
