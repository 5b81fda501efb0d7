#include "app/settings_checks.hpp"

#include "app/setting_text.hpp"
#include "redis/endpoint.hpp"

#include <algorithm>

namespace vn {

settings_verdict check_settings(const settings& s)
{
    settings_verdict out;
    const auto must = [&](bool holds, std::string what) {
        if (!holds)
            out.mistakes.push_back(std::move(what));
    };
    const auto should = [&](bool holds, std::string what) {
        if (!holds)
            out.warnings.push_back(std::move(what));
    };

    must(s.http.target_bytes <= s.http.header_bytes, "http.target_bytes: must not be above http.header_bytes");
    must(s.http.push.ping < s.http.push.pong, "events.ping_ms: must be below events.pong_ms");
    must(s.engine.lease >= s.redis.block, "node.lease_ms: must not be below redis.block_ms");
    must(s.engine.request_deadline <= s.engine.highest_deadline,
         "requests.deadline_seconds: must not be above requests.highest_deadline_seconds");
    must(s.engine.retry_base <= s.engine.retry_cap, "tasks.retry_base_ms: must not be above tasks.retry_cap_ms");
    must(s.plugins.restart_pause <= s.plugins.longest_restart_pause,
         "plugin.restart_pause_ms: must not be above plugin.longest_restart_pause_ms");
    must(s.engine.alone_after <= s.engine.max_deliveries, "tasks.alone_after: must not be above tasks.max_deliveries");
    must(s.payload_max_bytes <= s.documents.document.document_bytes,
         "requests.payload_max_bytes: must not be above documents.document_bytes");
    must(s.documents.document.value_bytes <= s.documents.document.document_bytes,
         "documents.value_bytes: must not be above documents.document_bytes");
    if (!s.redis.url.empty())
    {
        const auto endpoint = redis::parse_endpoint(s.redis.url);
        must(endpoint.has_value(), "redis.url: " + (endpoint ? std::string() : endpoint.error().message));
    }
    for (const auto& root : s.files.roots)
    {
        std::error_code ec;
        must(std::filesystem::is_directory(root, ec), "files.roots: " + shown(root) + " is not a folder");
    }

    // The lease is renewed every third of it; one renewal that runs into its timeout must leave time for the next.
    should(s.engine.lease > s.redis.command_timeout,
           "node.lease_ms is not above redis.command_timeout_ms: a slow command may cost the node its requests");
    should(s.engine.task_timeout <= s.engine.request_deadline,
           "tasks.timeout_ms is above requests.deadline_seconds and will never be reached");
    should(s.roles.api || !s.roles.orchestrator || s.enable_http || !s.redis.url.empty(),
           "nothing can submit requests: no api role, no HTTP, and a Redis of our own");
    should(!(s.redis.url.empty() && !(s.roles.api && s.roles.orchestrator && s.roles.worker)),
           "not all roles run here, but redis.url is empty: other nodes cannot reach the Redis of this one");
    return out;
}

std::optional<std::string> blocking_check_keys(const settings& s)
{
    const auto keys = blocking_read_keys(s.event_access.keys);
    if (keys)
        return std::nullopt;
    return "events.token_secret_file, events.token_key_file: " + keys.error().reason;
}

} // namespace vn
