// What vn-plugin-host does: answers calls by frames until it is told to stop, or describes a file.
#pragma once

#include <map>
#include <string>

namespace vn::plugin_host {

// The plugin (absolute path) behind the socket fd, which is borrowed. The exit code: 0 after a stop or when the server
// is gone, 1 if the plugin could not be opened, which one line on stderr explains, or if the server does not speak
// this protocol.
int run_session(int fd, const std::string& path);

// The description as one line of JSON on stdout, 0; or one line on stderr, 1.
int print_description(const std::string& path, std::map<std::string, std::string> settings);

} // namespace vn::plugin_host
