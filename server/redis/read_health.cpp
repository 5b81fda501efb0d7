#include "redis/read_health.hpp"

#include "core/log.hpp"

namespace vn::redis {

void read_health::begins()
{
    // There may have been no place to read for: what counts is the time since somebody wants to read.
    if (!last_)
        well_ = clock::now();
}

void read_health::ended(error_code ec)
{
    if (ec == asio::error::operation_aborted)
        return; // the node stops
    if (!ec)
        well_ = clock::now();
    if (ec && ec != last_)
        log::warning("stream cannot be read", {{"stream", stream_}, {"reason", ec.message()}});
    else if (!ec && last_)
        log::info("stream is read again", {{"stream", stream_}});
    last_ = ec;
}

std::optional<std::string> read_health::trouble() const
{
    if (clock::now() - well_ < 3 * (block_ + std::chrono::seconds(1)))
        return std::nullopt;
    return stream_ + " is not being read" + (last_ ? ": " + last_.message() : std::string());
}

} // namespace vn::redis
