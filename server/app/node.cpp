#include "app/node.hpp"

#include "core/ids.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "core/time_text.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace vn {

namespace {

task_group::failure_handler tell_failure(const char* where)
{
    return [where](std::exception_ptr e) {
        try
        {
            std::rethrow_exception(e);
        }
        catch (const std::exception& failure)
        {
            log::error("a coroutine ended with an exception", {{"where", where}, {"what", failure.what()}});
        }
    };
}

std::string json_list(const std::vector<std::string>& texts)
{
    std::string out = "[";
    for (const auto& text : texts)
        out += (out.size() > 1 ? "," : "") + json_string(text);
    return out + "]";
}

// What it is for, if it takes tasks, is for other nodes to know (R16).
std::string describe(const settings& s, const plugin_registry& plugins, const task_router& router, bool takes_tasks)
{
    std::string roles;
    for (const auto& [name, on] : {std::pair("api", s.roles.api), std::pair("orchestrator", s.roles.orchestrator),
                                   std::pair("worker", s.roles.worker)})
        if (on)
            roles.append(roles.empty() ? "" : ",").append(name);
    const bool is_worker = s.roles.worker && takes_tasks;
    std::vector<std::string> names;
    for (const auto& p : plugins.offered())
        if (is_worker && p->source.description.values_tasks)
            names.push_back(p->source.description.name);
    return R"({"node":)" + json_string(s.engine.node) + R"(,"roles":)" + json_string(roles) + R"(,"tasks":)" +
           std::to_string(s.engine.max_tasks) + R"(,"plugins":)" + json_list(names) + R"(,"declared":)" +
           json_list(is_worker ? router.declared_names() : std::vector<std::string>()) + "}";
}

constexpr std::size_t sent_bytes = 8 << 20; // of documents on their way to our own workers

// The environment variables that requests may see; names is a comma-separated list.
std::map<std::string, std::optional<std::string>> variables_of(const std::string& names)
{
    std::map<std::string, std::optional<std::string>> seen;
    std::istringstream list(names);
    for (std::string name; std::getline(list, name, ',');)
        if (!name.empty())
        {
            const char* value = std::getenv(name.c_str());
            seen[name] = value ? std::optional<std::string>(value) : std::nullopt;
        }
    return seen;
}

// Calls are answered, too, while as many listen as may.
event_access_settings access_within(const settings& s)
{
    constexpr std::size_t most_kept_for_calls = 100;
    auto out = s.event_access;
    const auto all = s.http.max_connections;
    if (out.limits.total == 0)
        out.limits.total = all - std::min(all / 8, most_kept_for_calls);
    return out;
}

} // namespace

node::node(asio::any_io_executor ex, const settings& s, const redis::endpoint& where, std::function<void()> broken)
    : ex_(ex), settings_(s), pool_(s.document_threads), redis_(ex, where, s.redis), setup_(ex, redis_),
      presence_(
          redis_, s.engine, [this] { return describe(settings_, plugins_.registry(), router_, takes_tasks_); }, ex,
          s.roles.worker),
      sweeper_(redis_, s.engine), deadlines_(redis_, s.engine), updates_(ex, s.engine.node, where, s.redis),
      lifecycle_(ex, where, s.redis), documents_(pool_), files_({s.files.roots, s.files.max_bytes, s.files.timeout}),
      outside_{now_text, new_id, variables_of(s.hydration.env)},
      hydration_{fetchers_, functions_, xpath_, s.documents, outside_}, sent_(s.roles.worker ? sent_bytes : 0),
      runs_{redis_, updates_, sent_, lifecycle_, documents_, hydration_, s.engine},
      scripts_(make_script_executor(ex, pool_, s.script, s.documents.document)),
      plugins_(ex, {s.plugins, s.plugin_folder, s.plugin_choices, s.documents.document}),
      router_(*scripts_, plugins_.registry(), s.routes),
      submission_(redis_, lifecycle_, documents_, s.engine, s.documents.document), views_(redis_),
      task_lists_(redis_, s.engine), list_(redis_, s.engine), control_(redis_, s.engine),
      dead_letters_(redis_, control_, s.engine), stream_pages_(redis_),
      valuation_(ex, submission_, views_, task_lists_, {s.payload_max_bytes, s.sync_wait, s.engine.highest_deadline}),
      listing_(list_), controlled_(control_), dead_listed_(dead_letters_, stream_pages_), audit_listed_(stream_pages_),
      plugins_listed_(plugins_, s.engine.node), broken_(std::move(broken)),
      infrastructure_(ex, tell_failure("infrastructure")), working_(ex, tell_failure("worker")),
      running_(ex, tell_failure("orchestrator")), serving_(ex, tell_failure("http")),
      offered_functions_(ex, infrastructure_, functions_, fetchers_, s.hydration.function_timeout),
      events_(ex, infrastructure_, redis_, where, s.redis, s.events), event_access_(access_within(s), s.http.address),
      event_sockets_(events_, event_access_, s.event_sockets), event_streams_(events_, event_access_, s.event_streams),
      event_stats_(events_, event_access_), requests_(ex, running_, runs_, where, s.redis),
      tasks_(ex, working_, redis_, sent_, updates_, router_, s.engine, where, s.redis)
{
    fetchers_.add("file", files_);
    plugins_.on_change([this] {
        std::vector<std::shared_ptr<plugin_runner>> runners;
        for (const auto& p : plugins_.registry().offered())
            runners.push_back(p->started.runner);
        offered_functions_.offer(runners);
        presence_.renew();
    });
    lifecycle_.on_end([this](std::string_view id, request_status how) {
        if (how == request_status::cancelled)
            requests_.cancelled(id);
        tasks_.request_ended(id);
    });
    add_health_checks();
    add_routes();
    if (settings_.enable_http)
    {
        server_.emplace(ex_, serving_, routes_, settings_.http);
        server_->listen();
    }
}

node::~node()
{
    plugins_.on_change([] {});
    offered_functions_.close();
    pool_.join();
}

std::string node::where() const
{
    return server_ ? server_->where() : std::string();
}

void node::add_health_checks()
{
    health_.add("shutdown", [this]() -> std::optional<std::string> {
        return stopping_ ? std::optional<std::string>("the server is stopping") : std::nullopt;
    });
    health_.add("redis", [this]() -> std::optional<std::string> {
        if (auto why = setup_.not_done())
            return why;
        if (!redis_.is_up())
            return redis_.why_down().message();
        if (const auto script = redis_.denied_script(); !script.empty())
            return make_error_code(redis::errc::noperm).message() + " that " + std::string(script) + " needs";
        return presence_.trouble();
    });
    health_.add("plugins", [this]() -> std::optional<std::string> {
        return plugins_.is_ready() ? std::nullopt : std::optional<std::string>("plugins are being opened");
    });
    if (settings_.roles.orchestrator)
    {
        health_.add("orchestrator", [this] { return requests_.not_reading(); });
        health_.add("updates", [this] { return updates_.not_reading(); });
    }
    if (settings_.roles.worker)
        health_.add("worker", [this] { return tasks_.not_reading(); });
    if (settings_.roles.api && settings_.enable_http)
        health_.add("events", [this] { return events_.trouble(); });
    health_.add("lifecycle", [this] { return lifecycle_.not_reading(); });
}

void node::add_routes()
{
    health_.add_routes(routes_);
    if (settings_.roles.api)
    {
        valuation_.add_routes(routes_);
        listing_.add_routes(routes_);
        controlled_.add_routes(routes_);
        dead_listed_.add_routes(routes_);
        audit_listed_.add_routes(routes_);
        plugins_listed_.add_routes(routes_);
        event_sockets_.add_routes(routes_);
        event_streams_.add_routes(routes_);
        event_stats_.add_routes(routes_);
        if (settings_.watch_page)
            watch_page_.add_routes(routes_);
    }
}

// Without it the node would look alive and do nothing.
awaitable<void> node::vital(awaitable<void> op)
{
    try
    {
        co_await std::move(op);
    }
    catch (const boost::system::system_error& e)
    {
        if (e.code() != asio::error::operation_aborted)
            broken_();
        throw;
    }
    catch (...)
    {
        broken_();
        throw;
    }
}

void node::start()
{
    infrastructure_.spawn([this] { return vital(redis_.run_commands()); });
    infrastructure_.spawn([this] { return vital(redis_.run_bulk()); });
    infrastructure_.spawn([this] { return vital(setup_.run()); });
    infrastructure_.spawn([this] { return vital(plugins_.run()); });
    infrastructure_.spawn([this] { return vital(roles_when_ready()); });
    if (server_)
        server_->start();
}

awaitable<void> node::roles_when_ready()
{
    co_await setup_.wait_done();
    // Before tasks are taken: else the default would value those of plugins.
    co_await plugins_.ready(std::chrono::seconds(30));
    spawn_roles();
    log::info("ready", {{"node", settings_.engine.node}, {"address", where()}});
}

void node::spawn_roles()
{
    infrastructure_.spawn([this] { return vital(presence_.run()); });
    if (settings_.roles.api || settings_.roles.orchestrator)
        infrastructure_.spawn([this] { return vital(deadlines_.run()); });
    infrastructure_.spawn([this] { return vital(lifecycle_.run_connection()); });
    infrastructure_.spawn([this] { return vital(lifecycle_.run()); });
    if (settings_.roles.api && settings_.enable_http)
    {
        infrastructure_.spawn([this] { return vital(events_.run_connection()); });
        infrastructure_.spawn([this] { return vital(events_.run_changes()); });
        infrastructure_.spawn([this] { return vital(events_.run()); });
        if (event_access_.uses_tokens())
            infrastructure_.spawn([this] { return vital(event_access_.run(pool_)); });
    }
    if (settings_.roles.orchestrator)
    {
        infrastructure_.spawn([this] { return vital(sweeper_.run()); });
        infrastructure_.spawn([this] { return vital(updates_.run_connection()); });
        infrastructure_.spawn([this] { return vital(updates_.run()); });
        infrastructure_.spawn([this] { return vital(requests_.run_connection()); });
        infrastructure_.spawn([this] { return vital(requests_.keep_leases()); });
        running_.spawn([this] { return vital(requests_.run()); });
    }
    if (settings_.roles.worker)
    {
        infrastructure_.spawn([this] { return vital(tasks_.run_connection()); });
        infrastructure_.spawn([this] { return vital(tasks_.keep_leases()); });
        working_.spawn([this] { return vital(tasks_.run()); });
    }
}

namespace {

// True if the group has ended before the time was over, or somebody was in a hurry.
awaitable<bool> ended_within(task_group& group, clock::duration limit, event& hurry)
{
    using namespace asio::experimental::awaitable_operators;
    if (group.joined())
        co_return true;
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    co_await (group.join() || timer.async_wait(asio::use_awaitable) || hurry.wait());
    co_return group.joined();
}

} // namespace

void node::take_no_tasks()
{
    working_.close();
    working_.cancel(asio::cancellation_type::total);
    takes_tasks_ = false;
    presence_.renew();
}

awaitable<void> node::stop(clock::duration grace, event& hurry)
{
    constexpr auto at_once = std::chrono::seconds(5); // for what only has to unwind
    using enum asio::cancellation_type;

    // Nothing new comes in; the requests in hand go on, and so do the tasks they wait for.
    stopping_ = true;
    serving_.close();
    serving_.cancel(total);
    running_.close();
    running_.cancel(total);
    if (requests_.running() == 0)
        take_no_tasks();
    const auto end = clock::now() + grace;
    const auto first = co_await ended_within(running_, grace / 2, hurry);
    if (!first)
        log::info("requests are still running: handing them back", {{"count", requests_.running()}});

    // Who waits for an answer is told that it will come.
    submission_.stop_waiting();
    co_await ended_within(serving_, std::max<clock::duration>(end - clock::now(), at_once), hurry);
    take_no_tasks();
    co_await ended_within(working_, std::max<clock::duration>(end - clock::now(), clock::duration::zero()), hurry);

    // Hydration that waits for a plugin waits no more: what it held goes to another node.
    offered_functions_.close();
    event never(ex_);
    bool in_order = true;
    for (auto* group : {&serving_, &running_, &working_})
    {
        group->cancel(terminal);
        const bool ended = co_await ended_within(*group, at_once, never);
        in_order = in_order && ended;
    }
    // Also where something does not end: others can go on with it.
    co_await requests_.hand_back();
    co_await tasks_.hand_back();

    infrastructure_.close();
    infrastructure_.cancel(terminal);
    const bool ended = co_await ended_within(infrastructure_, at_once, never);
    const bool plugins_ended = co_await plugins_.stop(settings_.plugins.grace + at_once);
    if (!ended || !in_order || !plugins_ended)
    {
        log::error("the server could not stop in order");
        std::quick_exit(1);
    }
}

} // namespace vn
