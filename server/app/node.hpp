// One node: everything that works on one Redis, in the order in which it is made. I/O thread only.
#pragma once

#include "api/audit.hpp"
#include "api/control.hpp"
#include "api/dead.hpp"
#include "api/event_access.hpp"
#include "api/event_socket.hpp"
#include "api/event_stats.hpp"
#include "api/event_stream.hpp"
#include "api/health.hpp"
#include "api/plugins.hpp"
#include "api/request_listing.hpp"
#include "api/valuation.hpp"
#include "api/watch.hpp"
#include "app/settings.hpp"
#include "core/task_group.hpp"
#include "engine/event_hub.hpp"
#include "engine/lifecycle_feed.hpp"
#include "engine/node_presence.hpp"
#include "engine/redis_setup.hpp"
#include "engine/request_consumer.hpp"
#include "engine/request_deadlines.hpp"
#include "engine/request_view.hpp"
#include "engine/submission.hpp"
#include "engine/sweeper.hpp"
#include "engine/task_consumer.hpp"
#include "engine/updates_feed.hpp"
#include "execution/file_fetcher.hpp"
#include "execution/plugin_functions.hpp"
#include "execution/plugin_set.hpp"
#include "execution/router.hpp"
#include "execution/script_executor.hpp"
#include "execution/xpath_sandbox.hpp"
#include "http/server.hpp"

#include <memory>
#include <optional>

namespace vn {

class node
{
public:
    // Listens, but serves nobody before start(). Throws std::runtime_error with a message for people. broken is called
    // when a part that everything needs has ended by an exception: the node is of no use any more.
    node(asio::any_io_executor ex, const settings& s, const redis::endpoint& where, std::function<void()> broken);
    ~node();

    void start();

    // Takes no more, finishes what it holds within grace, hands back the rest. hurry ends the waiting early.
    awaitable<void> stop(clock::duration grace, event& hurry);

    // Where the listener is; empty without one.
    std::string where() const;

private:
    void add_health_checks();
    void add_routes();
    void spawn_roles();
    void take_no_tasks();
    awaitable<void> roles_when_ready();
    awaitable<void> vital(awaitable<void> op);

    asio::any_io_executor ex_;
    const settings& settings_;
    asio::thread_pool pool_;

    redis::client redis_;
    redis_setup setup_;
    node_presence presence_;
    sweeper sweeper_;
    request_deadlines deadlines_;
    updates_feed updates_;
    lifecycle_feed lifecycle_;

    document_work documents_;
    file_fetcher files_;
    document_fetchers fetchers_;
    hydration_functions functions_;
    xpath_sandbox xpath_;
    outside_values outside_;
    hydration_environment hydration_;
    sent_documents sent_;
    run_environment runs_;
    std::unique_ptr<executor> scripts_;
    plugin_set plugins_;
    task_router router_;

    submission submission_;
    request_views views_;
    task_lists task_lists_;
    request_list list_;
    request_control control_;
    dead_letters dead_letters_;
    stream_pages stream_pages_;
    health_api health_;
    valuation_api valuation_;
    request_listing listing_;
    control_api controlled_;
    dead_api dead_listed_;
    audit_api audit_listed_;
    plugins_api plugins_listed_;
    http::router routes_;
    bool stopping_ = false;
    bool takes_tasks_ = true;
    std::function<void()> broken_;

    // What runs, and what runs in it; the connections outlast everything else.
    task_group infrastructure_;
    task_group working_;
    task_group running_;
    task_group serving_;
    plugin_functions offered_functions_;
    event_hub events_;
    event_access event_access_;
    event_socket_api event_sockets_;
    event_stream_api event_streams_;
    event_stats_api event_stats_;
    watch_page watch_page_;
    request_consumer requests_;
    task_consumer tasks_;
    std::optional<http::server> server_;
};

} // namespace vn
