// One connection to Redis that comes back by itself. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "redis/command.hpp"
#include "redis/endpoint.hpp"
#include "redis/error.hpp"
#include "redis/reply.hpp"
#include "redis/settings.hpp"

#include <memory>
#include <string>

namespace vn::redis {

class connection
{
public:
    // purpose names it in Redis (CLIENT LIST) and in logs. longest is the longest that one command may block.
    // Buffers never shrink: one that carried more than remade_above bytes at once is made anew when nobody uses it;
    // 0: never, for those whose size others bound and that had better not be away.
    connection(asio::any_io_executor ex, endpoint where, const settings& s, std::string purpose,
               clock::duration longest = {}, std::size_t remade_above = 0);
    ~connection();
    connection(const connection&) = delete;

    // Connects, and connects again, until cancelled terminally. Spawned once.
    awaitable<void> run();

    // Sends the commands of c; the reply is that of the last one, an error reply of any of them is an error. Waits for
    // a connection as long as limit allows; then errc::timed_out, and whether the commands took effect is unknown.
    // A command made by at_once() does not wait: errc::unavailable if it was certainly not sent.
    // A total cancellation does not end it.
    awaitable<result<reply>> exec(const command& c, clock::duration limit);
    awaitable<result<reply>> exec(const command& c) { return exec(c, settings_.command_timeout); }

    // From here on what Redis pushes is kept until receive() hands it over. Before run(), and only for connections that
    // are never remade.
    void keep_pushes();
    // Waits until Redis has pushed something: everything that came meanwhile, one after the other. It is called again
    // without delay: the connection stands still while too much waits. operation_aborted when cancelled.
    awaitable<result<reply>> receive();

    // The last exchange went well.
    bool is_up() const noexcept { return up_; }
    // Why the last exchange did not, or why there is no connection; no error if is_up().
    error_code why_down() const noexcept { return why_down_; }
    // Rises with each connection that ended: whoever keeps a position or a cache looks at it.
    unsigned long generation() const noexcept { return generation_; }

private:
    struct link;

    awaitable<result<reply>> attempt(const command& c, clock::duration limit);
    void answered(const reply& r);
    void missed();
    void carried(std::size_t bytes);

    asio::any_io_executor ex_;
    endpoint where_;
    settings settings_;
    std::string purpose_;
    clock::duration longest_;
    std::size_t remade_above_;
    std::unique_ptr<link> link_;
    unsigned long generation_ = 0;
    std::size_t outstanding_ = 0;
    std::unique_ptr<boost::redis::resp3::flat_tree> pushes_;
    int missed_ = 0;
    bool up_ = false;
    error_code why_down_ = vn::errc::unavailable;
    bool down_told_ = false;
    bool grew_ = false;
    bool remaking_ = false; // we ended it, to make it anew
};

} // namespace vn::redis
