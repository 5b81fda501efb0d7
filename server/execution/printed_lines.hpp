// What a plugin prints and logs, a line at a time into the server's log; no more than its share.
#pragma once

#include "core/async.hpp"
#include "core/log.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vn {

class printed_lines
{
public:
    // share: bytes in a minute; what is beyond is counted, and the count logged.
    printed_lines(std::string plugin, std::size_t share) : plugin_(std::move(plugin)), share_(share) {}

    // Bytes as they come from stdout and stderr; lines are logged as info.
    void add(std::string_view bytes);
    // The end of the output: what has no line break is a line too. Logs what was dropped.
    void end();
    // One line of the plugin's log.
    void log(log::level level, std::string_view text);

    // The beginning of the last line that was printed, white space around it left out; for the failure of a process
    // that ends.
    const std::string& last() const noexcept { return last_; }
    void forget_last() { last_.clear(); }

private:
    void line(std::string_view text);

    std::string plugin_;
    std::size_t share_;
    std::string begun_;
    bool skips_ = false; // until the next line break
    std::string last_;
    clock::time_point since_{};
    std::size_t used_ = 0;
    std::size_t dropped_ = 0;
};

} // namespace vn
