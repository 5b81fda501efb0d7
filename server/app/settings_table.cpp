#include "app/settings_table.hpp"

#include "app/setting_kinds.hpp"
#include "http/origin.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace vn {

namespace {

using namespace kind;

constexpr std::uint64_t kb = 1024;
constexpr std::uint64_t mb = 1024 * kb;
constexpr std::uint64_t gb = 1024 * mb;
constexpr std::uint64_t hour_ms = 3'600'000;
constexpr std::uint64_t month = 31 * 86'400;

bool is_address(std::string_view text)
{
    boost::system::error_code ec;
    boost::asio::ip::make_address(text, ec);
    return !ec;
}

bool is_node_name(std::string_view text)
{
    const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
    return text.size() <= 64 && std::ranges::all_of(text, fits);
}

bool is_plugin_name(std::string_view text)
{
    return !text.empty() && is_node_name(text);
}

bool is_anything(std::string_view)
{
    return true;
}

setting roles_setting()
{
    auto s = row({"roles", "What this node does."}, "comma-separated: api, orchestrator, worker");
    s.assign = [](settings& into, std::string_view text, const std::filesystem::path&) {
        node_roles roles{false, false, false};
        const auto names = split_list(text);
        for (const auto& name : names)
        {
            if (name == "api")
                roles.api = true;
            else if (name == "orchestrator")
                roles.orchestrator = true;
            else if (name == "worker")
                roles.worker = true;
            else
                return false;
        }
        into.roles = roles;
        return !names.empty();
    };
    s.text = [](const settings& from) {
        std::string all;
        for (const auto& [name, set] :
             {std::pair{"api", from.roles.api}, std::pair{"orchestrator", from.roles.orchestrator},
              std::pair{"worker", from.roles.worker}})
            if (set)
                all += (all.empty() ? "" : ",") + std::string(name);
        return all;
    };
    return s;
}

std::vector<setting> general_settings()
{
    return {
        roles_setting(),
        path({"data_dir", "Folder of everything that is kept. Empty: /var/lib/vnserver for root, else "
                          "$XDG_STATE_HOME/vnserver or ~/.local/state/vnserver."},
             [](auto& s) -> auto& { return s.data_dir; }),
        text(
            {"node.name", "Name of this node in streams and states. Empty: made at start."},
            "up to 64 letters, digits, '-', '_', '.'", [](auto& s) -> auto& { return s.engine.node; }, is_node_name),
        duration(
            {"node.lease_ms", "A node that is not heard of for this long loses its requests and tasks.", "VN_LEASE_MS"},
            100, hour_ms, [](auto& s) -> auto& { return s.engine.lease; }),
        duration({"node.sweep_ms", "How often waiting groups are compared with what Redis knows."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.engine.sweep; }),
        duration({"node.clean_up_seconds", "How often keys and streams are cleaned up behind other programs."}, 1,
                 86'400, [](auto& s) -> auto& { return s.engine.clean_up; }),
        duration({"node.shutdown_grace_ms", "How long running work may take to end after SIGTERM or SIGINT."}, 0,
                 hour_ms, [](auto& s) -> auto& { return s.shutdown_grace; }),
        choice({"log.level", "The least important messages that are written.", "LOG_LEVEL"},
               {{"trace", log::level::trace},
                {"debug", log::level::debug},
                {"info", log::level::info},
                {"warning", log::level::warning},
                {"warn", log::level::warning},
                {"error", log::level::error},
                {"off", log::level::off}},
               [](auto& s) -> auto& { return s.log_level; }),
        choice({"log.format", "How they are written; auto is text on a terminal, else JSON."},
               {{"auto", log::format::automatic}, {"json", log::format::json}, {"text", log::format::text}},
               [](auto& s) -> auto& { return s.log_format; }),
    };
}

std::vector<setting> http_settings()
{
    return {
        flag({"http.enabled", "Whether to listen at all, for health too.", "ENABLE_HTTP"},
             [](auto& s) -> auto& { return s.enable_http; }),
        text(
            {"http.address", "IP address to listen on; 0.0.0.0 or :: for all.", "HTTP_ADDRESS"}, "IP address",
            [](auto& s) -> auto& { return s.http.address; }, is_address),
        number({"http.port", "Port to listen on; 0 takes a free one, which is logged.", "HTTP_PORT"}, 0, 65'535,
               [](auto& s) -> auto& { return s.http.port; }),
        number({"http.max_connections", "Connections at once."}, 1, 1'000'000,
               [](auto& s) -> auto& { return s.http.max_connections; }),
        bytes({"http.header_bytes", "Size of a header block, request line included."}, kb, mb,
              [](auto& s) -> auto& { return s.http.header_bytes; }),
        number({"http.header_fields", "Fields in a header block."}, 8, 10'000,
               [](auto& s) -> auto& { return s.http.header_fields; }),
        bytes({"http.target_bytes", "Size of the path and query of a request."}, 256, mb,
              [](auto& s) -> auto& { return s.http.target_bytes; }),
        duration({"http.header_timeout_ms", "From the first byte of a request to the end of its header block."}, 1,
                 hour_ms, [](auto& s) -> auto& { return s.http.header_timeout; }),
        duration({"http.body_timeout_ms", "For the body of a request."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.http.body_timeout; }),
        duration({"http.idle_timeout_ms", "Between two requests of a connection."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.http.idle_timeout; }),
        duration({"http.write_timeout_ms", "For a reply."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.http.write_timeout; }),
        list(
            {"http.cors_origins", "Pages of which other origins may call, such as https://app.example.com."},
            "origins, comma-separated, in quotes", [](auto& s) -> auto& { return s.http.cors_origins; },
            http::is_origin),
    };
}

std::vector<setting> redis_settings()
{
    return {
        secret(text(
            {"redis.url",
             "redis://[user:password@]host[:port][/db], rediss://..., unix:///path[?db=N], or "
             "redis+sentinel://[user:password@]h1[:port],h2/master[/db]. Empty: a Redis of our own in data_dir.",
             "REDIS_URL"},
            "URL", [](auto& s) -> auto& { return s.redis.url; }, is_anything)),
        path({"redis.password_file", "File with the password, instead of one in the URL. Empty: none."},
             [](auto& s) -> auto& { return s.redis.password_file; }),
        path({"redis.tls_ca_file", "Certificates that rediss:// trusts, PEM. Empty: those of the system."},
             [](auto& s) -> auto& { return s.redis.tls_ca_file; }),
        program({"redis.program", "The program that is started if the URL is empty."},
                [](auto& s) -> auto& { return s.redis_program; }),
        duration({"redis.command_timeout_ms", "For one command."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.redis.command_timeout; }),
        duration({"redis.connect_timeout_ms", "For one attempt to connect."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.redis.connect_timeout; }),
        duration({"redis.reconnect_wait_ms", "Between two attempts to connect."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.redis.reconnect_wait; }),
        duration({"redis.block_ms", "How long one blocking read waits for something new.", "LIFECYCLE_BLOCK_MS"}, 1,
                 1'000, [](auto& s) -> auto& { return s.redis.block; }),
        bytes({"redis.bulk_bytes", "Values above this travel on a connection of their own."}, kb, 512 * mb,
              [](auto& s) -> auto& { return s.redis.bulk_bytes; }),
        number({"streams.lifecycle_length", "Entries kept in stream:request:lifecycle, about."}, 100, 100'000'000,
               [](auto& s) -> auto& { return s.engine.lifecycle_length; }),
        number({"streams.updates_length", "Entries kept in stream:task:updates, about."}, 100, 100'000'000,
               [](auto& s) -> auto& { return s.engine.updates_length; }),
        number({"streams.dead_length", "Entries kept in each stream of entries that could not be used, about."}, 1,
               100'000'000, [](auto& s) -> auto& { return s.engine.dead_length; }),
        number({"streams.audit_length",
                "Entries kept of what people have cancelled, retried, requeued or dropped, about."},
               100, 100'000'000, [](auto& s) -> auto& { return s.engine.audit_length; }),
    };
}

std::vector<setting> request_settings()
{
    return {
        bytes({"requests.payload_max_bytes", "Size of a request document that is accepted.", "PAYLOAD_MAX_BYTES"}, 1,
              512 * mb, [](auto& s) -> auto& { return s.payload_max_bytes; }),
        duration({"requests.sync_wait_ms", "How long a synchronous call waits before it is answered with 202.",
                  "SYNC_WAIT_TIMEOUT_MS"},
                 0, hour_ms, [](auto& s) -> auto& { return s.sync_wait; }),
        duration({"requests.ttl_seconds", "How long ended requests are kept; their state is kept twice as long.",
                  "REQUEST_TTL_SECONDS"},
                 1, month, [](auto& s) -> auto& { return s.engine.request_ttl; }),
        duration(
            {"requests.idempotency_ttl_seconds",
             "How long an Idempotency-Key is known after the end of its request; more than twice ttl_seconds is of no "
             "use."},
            1, 2 * month, [](auto& s) -> auto& { return s.engine.idempotency_ttl; }),
        duration({"requests.deadline_seconds",
                  "A request that has not ended this long after its submission fails, if it sets no VN-Deadline."},
                 1, month, [](auto& s) -> auto& { return s.engine.request_deadline; }),
        duration({"requests.highest_deadline_seconds", "The longest time that a request may set by VN-Deadline."}, 1,
                 month, [](auto& s) -> auto& { return s.engine.highest_deadline; }),
        duration({"requests.payload_wait_ms", "How long the entry of another producer may wait for its payload."}, 0,
                 hour_ms, [](auto& s) -> auto& { return s.engine.payload_wait; }),
        number({"requests.max_running", "Requests run at once on this node."}, 1, 100'000,
               [](auto& s) -> auto& { return s.engine.max_requests; }),
        number({"requests.max_backlog", "Requests waiting or running on all nodes; more are answered with 503."}, 1,
               100'000'000, [](auto& s) -> auto& { return s.engine.max_backlog; }),
        number({"requests.window_tasks", "Outstanding tasks of one request."}, 1, 1'000'000,
               [](auto& s) -> auto& { return s.engine.window_tasks; }),
        bytes({"requests.window_bytes", "Outstanding task documents of one request, together."}, kb, 16 * gb,
              [](auto& s) -> auto& { return s.engine.window_bytes; }),
    };
}

std::vector<setting> task_settings()
{
    return {
        number({"tasks.max_attempts", "Attempts at a task in all, the first one included.", "MAX_TASK_RETRIES"}, 1,
               1'000, [](auto& s) -> auto& { return s.engine.max_attempts; }),
        duration({"tasks.timeout_ms", "Running time of one attempt; queueing does not count.", "TASK_WAIT_TIMEOUT_MS"},
                 1, 24 * hour_ms, [](auto& s) -> auto& { return s.engine.task_timeout; }),
        choice({"tasks.on_failure", "What becomes of a group whose task has failed, if it has no vn:on-failure."},
               {{"finish", failure_policy::finish},
                {"fail-fast", failure_policy::fail_fast},
                {"continue", failure_policy::go_on}},
               [](auto& s) -> auto& { return s.engine.on_failure; }),
        duration({"tasks.retry_base_ms", "Pause before the second attempt; doubles with each further one."}, 0, hour_ms,
                 [](auto& s) -> auto& { return s.engine.retry_base; }),
        duration({"tasks.retry_cap_ms", "The longest such pause."}, 0, hour_ms,
                 [](auto& s) -> auto& { return s.engine.retry_cap; }),
        duration({"tasks.unroutable_wait_ms", "A task that no node can run fails after this."}, 0, 24 * hour_ms,
                 [](auto& s) -> auto& { return s.engine.unroutable_wait; }),
        number({"tasks.max_deliveries", "A task that was delivered this often without an end is put aside."}, 1, 1'000,
               [](auto& s) -> auto& { return s.engine.max_deliveries; }),
        number({"tasks.alone_after", "A task that was delivered this often runs alone on its node."}, 1, 1'000,
               [](auto& s) -> auto& { return s.engine.alone_after; }),
        number({"tasks.max_running", "Tasks run at once on this node."}, 1, 10'000,
               [](auto& s) -> auto& { return s.engine.max_tasks; }),
        text(
            {"tasks.default", "What values tasks without a route that no plugin declares."},
            "script, or the name of a plugin", [](auto& s) -> auto& { return s.routes.fallback; }, is_plugin_name),
        choice({"tasks.keep_documents", "How long task documents stay in Redis: until their task ends, their request "
                                        "ends, or requests.ttl_seconds after they were sent."},
               {{"task", engine_settings::documents::until_task_ends},
                {"request", engine_settings::documents::until_request_ends},
                {"ttl", engine_settings::documents::until_ttl}},
               [](auto& s) -> auto& { return s.engine.keep_documents; }),
        flag({"tasks.keep_results", "Whether results of single tasks are kept as long as their request."},
             [](auto& s) -> auto& { return s.engine.keep_results; }),
    };
}

std::vector<setting> script_settings_rows()
{
    return {
        program({"script.path",
                 "The valuation script; a name is looked for beside the program and in its share folder.",
                 "VNAS_SCRIPT"},
                [](auto& s) -> auto& { return s.script.path; }),
        path({"script.folder", "Private folders of running scripts. Empty: scripts below data_dir."},
             [](auto& s) -> auto& { return s.script.folder; }),
        bytes({"script.output_bytes", "Output of a script; more is a failure."}, kb, gb,
              [](auto& s) -> auto& { return s.script.output_bytes; }),
        bytes({"script.error_bytes", "What is kept of its error output."}, 0, mb,
              [](auto& s) -> auto& { return s.script.error_bytes; }),
        duration({"script.grace_ms", "Between SIGTERM and SIGKILL."}, 0, hour_ms,
                 [](auto& s) -> auto& { return s.script.grace; }),
        bytes({"script.memory_bytes", "Address space of a script; 0: no limit."}, 0, 1024 * gb,
              [](auto& s) -> auto& { return s.script.memory_bytes; }),
        bytes({"script.file_bytes", "Size of any file it writes; 0: no limit."}, 0, 1024 * gb,
              [](auto& s) -> auto& { return s.script.file_bytes; }),
        number({"script.processes",
                "Processes of the user that runs the server, all together; not for root; 0: no limit."},
               0, 1'000'000, [](auto& s) -> auto& { return s.script.processes; }),
        number({"script.open_files", "Files a script may have open."}, 8, 1'000'000,
               [](auto& s) -> auto& { return s.script.open_files; }),
        duration({"script.cpu_seconds", "Processor time of a script; 0: no limit."}, 0, 86'400,
                 [](auto& s) -> auto& { return s.script.cpu; }),
    };
}

std::vector<setting> hydration_settings_rows()
{
    return {
        text(
            {"hydration.env", "Environment variables that requests may read by the function env."},
            "names, comma-separated, in quotes", [](auto& s) -> auto& { return s.hydration.env; }, is_anything),
        duration({"hydration.function_timeout_ms", "One call of a plugin's function, waiting for a process included."},
                 10, hour_ms, [](auto& s) -> auto& { return s.hydration.function_timeout; }),
    };
}

std::vector<setting> document_settings()
{
    return {
        paths({"files.roots",
               "Folders that file hrefs may reach; relative names start in the first. Empty: no file hrefs."},
              [](auto& s) -> auto& { return s.files.roots; }),
        bytes({"files.max_bytes", "Size of one such file."}, kb, 512 * mb,
              [](auto& s) -> auto& { return s.files.max_bytes; }),
        duration({"files.timeout_ms", "For reading one such file."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.files.timeout; }),
        number({"documents.threads", "Threads for parsing and hydration; 0: one for each core."}, 0, 1'024,
               [](auto& s) -> auto& { return s.document_threads; }),
        number({"documents.depth", "Nesting of elements."}, 1, 1'024,
               [](auto& s) -> auto& { return s.documents.document.depth; }),
        number({"documents.attributes", "Attributes of one element, namespace declarations included."}, 1, 100'000,
               [](auto& s) -> auto& { return s.documents.document.attributes; }),
        number({"documents.elements", "Elements of one document."}, 1, 100'000'000,
               [](auto& s) -> auto& { return s.documents.document.elements; }),
        bytes({"documents.name_bytes", "Length of a name, prefix included."}, 16, mb,
              [](auto& s) -> auto& { return s.documents.document.name_bytes; }),
        bytes({"documents.value_bytes", "Length of one text, attribute or comment."}, kb, 512 * mb,
              [](auto& s) -> auto& { return s.documents.document.value_bytes; }),
        bytes({"documents.document_bytes", "Size of one document, also of those that hydration makes."}, kb, 512 * mb,
              [](auto& s) -> auto& { return s.documents.document.document_bytes; }),
        number({"documents.groups", "Groups of one request."}, 1, 1'000'000,
               [](auto& s) -> auto& { return s.documents.groups; }),
        number({"documents.tasks", "Tasks of one group."}, 1, 10'000'000,
               [](auto& s) -> auto& { return s.documents.tasks; }),
        bytes({"documents.group_bytes", "All task documents of one group, together."}, kb, 16 * gb,
              [](auto& s) -> auto& { return s.documents.group_bytes; }),
        bytes({"documents.expression_bytes", "Length of one XPath expression."}, 16, mb,
              [](auto& s) -> auto& { return s.documents.expression_bytes; }),
        number(
            {"documents.steps_in_place", "XPath expressions that may visit more nodes run in a process of their own."},
            0, 1'000'000'000, [](auto& s) -> auto& { return s.documents.steps_in_place; }),
        number({"documents.steps_in_all", "Nodes that the other expressions of one request may visit, together."}, 0,
               1'000'000'000'000, [](auto& s) -> auto& { return s.documents.steps_in_all; }),
        duration({"documents.time_apart_ms", "Time for all such expressions of one request."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.documents.time_apart; }),
    };
}

} // namespace

std::string setting::variable() const
{
    std::string name = "VN_" + path;
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return c == '.' ? '_' : static_cast<char>(std::toupper(c)); });
    return name;
}

const std::vector<setting>& all_settings()
{
    static const std::vector<setting> table = [] {
        std::vector<setting> all;
        for (auto part : {general_settings(), http_settings(), request_settings(), task_settings(), redis_settings(),
                          script_settings_rows(), plugin_settings_rows(), hydration_settings_rows(),
                          document_settings(), event_settings_rows()})
            std::ranges::move(part, std::back_inserter(all));
        return all;
    }();
    return table;
}

} // namespace vn
