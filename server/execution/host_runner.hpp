// A plugin in processes of its own: vn-plugin-host with a .so, or any program that speaks the frame protocol.
#pragma once

#include "domain/document_gate.hpp"
#include "execution/plugin_process.hpp"
#include "execution/plugin_runner.hpp"
#include "execution/settings.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>

namespace vn {

// The program that hosts the .so (absolute path), found beside this one unless the settings say where.
plugin_program program_for(const std::string& file, std::string name, std::map<std::string, std::string> settings,
                           const plugin_settings& s);

// Starts the program, waits for its hello, and ends it: the way to open what may be bad. Bounded by the settings'
// limits and start_timeout. Code plugin-refused; the message is one line that says why. Terminal cancellation ends it.
awaitable<result<plugin_description, failure>> ask_description(plugin_program program, plugin_settings settings);

// Processes are started when there is work for them, at most settings.hosts, and replaced when they end, after a
// pause if they do so again and again. A call is queued until one is free and counts as an attempt only from then. As
// long as none starts, calls fail with plugin-unavailable, and starting is tried on.
//
// pool: judges large outputs; outlives the runner. Destroy it when is_done().
std::unique_ptr<plugin_runner> make_host_runner(asio::any_io_executor ex, asio::thread_pool& pool,
                                                plugin_program program, plugin_description description,
                                                plugin_settings settings, document_limits limits = {});

} // namespace vn
