// The start of a process that runs a plugin: its limits, its environment, and what connects it with the server.
#pragma once

#include "core/process.hpp"
#include "execution/settings.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <map>
#include <string>
#include <vector>

namespace vn {

// What is started, and how it is called in the log.
struct plugin_program
{
    std::string name;
    std::vector<std::string> command; // its first word an absolute path
    std::map<std::string, std::string> settings;
};

struct connected_process
{
    process child;
    asio::local::stream_protocol::socket frames;
    asio::posix::stream_descriptor printed; // its standard output and error
};

// docs/plugin-protocol.md, "Start".
result<connected_process> start_plugin_process(asio::any_io_executor ex, const plugin_program& program,
                                               const plugin_settings& settings);

} // namespace vn
