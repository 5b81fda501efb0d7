// Times as they are written everywhere: ISO 8601, UTC, milliseconds.
#pragma once

#include <chrono>
#include <string>

namespace vn {

// 2026-01-31T12:00:00.123Z
std::string time_text(std::chrono::system_clock::time_point t);

} // namespace vn
