// What the server says to a process that runs a plugin, and what a result of it means (docs/plugin-protocol.md).
#pragma once

#include "execution/frames.hpp"
#include "execution/plugin_call.hpp"
#include "execution/settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vn {

// Each replaces what is in out by one frame. Of a call its head: the payload follows from the call.
void write_hello(std::string& out, const std::map<std::string, std::string>& settings, const plugin_settings& limits);
void write_call(std::string& out, std::uint64_t id, const plugin_call& call);
void write_cancel(std::string& out, std::uint64_t id);
void write_stop(std::string& out);

// The answer that a result frame gives to the call; nothing if its status is none of the protocol. was_late: the time
// of the call is over.
std::optional<plugin_answer> read_result(const frame_head& head, std::string_view payload, const plugin_call& call,
                                         std::size_t output_limit, bool was_late);

} // namespace vn
