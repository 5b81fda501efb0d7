// Publishes events for users: to Redis, over one connection, or to a server that takes them by HTTP, over several, as
// each waits for its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vn::bench {

class event_publisher
{
public:
    // PUBLISH workflow:events:<user>, over the unix socket of Redis.
    static event_publisher by_redis(const std::string& path);
    // POST <target><user>, to 127.0.0.1.
    static event_publisher by_http(std::uint16_t port, std::string target, std::size_t connections);

    event_publisher(event_publisher&& other) = default;
    ~event_publisher();

    // Is sent by flush(), which throws std::system_error when a connection ends.
    void publish(std::string_view user, std::string_view text);
    void flush();
    // Some of it is not sent, though nobody's answer is waited for.
    bool is_behind() const noexcept;

    std::size_t connections() const noexcept { return lines_.size(); }
    int descriptor(std::size_t connection) const noexcept { return lines_[connection].descriptor; }
    // Answers are dropped, unless they tell of a refusal, which is thrown as std::runtime_error.
    void drop_answers(std::size_t connection);

private:
    struct line
    {
        int descriptor;
        std::string unsent = {};
        std::string answer = {};
        bool is_busy = false; // by HTTP
    };

    explicit event_publisher(std::string target) : target_(std::move(target)) {}

    std::string target_; // empty: Redis
    std::vector<line> lines_;
    std::deque<std::string> waiting_; // by HTTP, for a line
};

} // namespace vn::bench
