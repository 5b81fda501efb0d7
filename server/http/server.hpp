// The listener and its sessions: HTTP/1.1 with keep-alive and pipelining on TCP or a unix socket. I/O thread only.
#pragma once

#include "core/async.hpp"
#include "core/task_group.hpp"
#include "http/alarms.hpp"
#include "http/router.hpp"
#include "http/settings.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vn::http {

// One answered request, for metrics. The views end with the call.
struct exchange
{
    std::string_view method; // "OTHER" if HTTP does not know it
    std::string_view route;  // the route's path as it was added; empty if none was found
    unsigned status = 0;
    clock::duration took{};   // from the first byte of the head to the last of the answer
    std::size_t received = 0; // body bytes
    std::size_t sent = 0;
    bool answered = true; // false: the client was gone or too slow
};
using observer = std::function<void(const exchange&)>;

class session;

// Everything it runs belongs to the group given. Total cancellation of the group: accepts no more, idle sessions leave
// at once, requests in flight are answered with "Connection: close". Terminal: all ends now.
class server
{
public:
    // routes and group outlive it, and it outlives the group's tasks: declare it before the group is joined.
    server(asio::any_io_executor ex, task_group& group, const router& routes, settings s, observer seen = {});
    ~server();
    server(const server&) = delete;

    // Binds and listens; connections wait until start(). Throws std::runtime_error that names address and reason.
    // Addresses: IPv4, IPv6 ("::1", "[::1]"; "::" also takes IPv4), a host name, or "unix:/path".
    void listen();
    // After listen(). Says in the log where it listens.
    void start();

    // The port taken; 0 for a unix socket. After listen().
    std::uint16_t port() const noexcept { return port_; }
    // 127.0.0.1:8080, [::1]:8080 or unix:/path. After listen().
    const std::string& where() const noexcept { return where_; }
    std::size_t connections() const noexcept { return settings_.max_connections - places_.free(); }

private:
    using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
    using socket = asio::generic::stream_protocol::socket;

    void listen_ip();
    void listen_unix(const std::string& path);
    void close();
    awaitable<void> accept_all();
    void admit(socket peer);
    awaitable<void> serve(std::unique_ptr<session> s, slots::lease place);
    awaitable<void> refuse(socket peer, slots::lease place);

    asio::any_io_executor ex_;
    task_group& group_;
    const router& routes_;
    const settings settings_;
    const observer seen_;
    acceptor acceptor_;
    alarms alarms_;
    std::uint16_t port_ = 0;
    std::string where_;
    std::string unix_path_;
    slots places_;
    slots refusals_;
    bool stopping_ = false;
};

} // namespace vn::http
