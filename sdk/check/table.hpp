// Whether the tables that a plugin hands over are what vn/plugin.h asks for. Reads tables, calls nothing.
#pragma once

#include <vn/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace vn {

// Each gives the reason to refuse the table, one line for people; empty: fine. NULL is a reason.
// The handshake: to be called with what vn_plugin_entry() returned, before any other call.
std::string why_not(const vn_plugin* plugin);
std::string why_not(const vn_task* task);
std::string why_not(const vn_functions* functions);
std::string why_not(const vn_fetcher* fetcher);

// "text", "number", ...; empty for what is not a VN_TYPE_....
std::string_view type_name(std::int32_t type);

} // namespace vn
