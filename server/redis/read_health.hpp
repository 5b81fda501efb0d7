// Whether a stream is really being read: a reader that lives and reads nothing is what readiness has to tell.
#pragma once

#include "core/async.hpp"

#include <optional>
#include <string>

namespace vn::redis {

// Told by its reader about every blocking read; logs once what goes wrong, and once that it goes well again.
class read_health
{
public:
    read_health(std::string stream, std::chrono::milliseconds block) : stream_(std::move(stream)), block_(block) {}

    void begins();
    void ended(error_code ec);

    // Why not: no read has come back well for three blocking times, a second of grace each.
    std::optional<std::string> trouble() const;

private:
    std::string stream_;
    std::chrono::milliseconds block_;
    clock::time_point well_ = clock::now(); // a read came back, or the first one since began
    error_code last_;
};

} // namespace vn::redis
