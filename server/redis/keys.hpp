// The name of every key, who owns it and what bounds it. The scripts make the same names in common.lua.
//
//   key                                   owner             bound
//   stream:request:ingest                 submitters        entry goes with the end of its request; has a limit
//   stream:task:dispatch                  owner of request  entry goes with its acknowledgement
//   vn:ingest:<lane>, vn:dispatch:<lane>  the same          as the two above, beside which they are
//   vn:lanes                              workers           three leases, renewed
//   vn:list, vn:list:<status>             scripts           100,000 members; twice the TTL, renewed
//   vn:deadlines                          scripts           the last deadline and twice the TTL
//   stream:task:updates, :lifecycle       scripts           approximate MAXLEN
//   stream:request:dead, stream:task:dead scripts           approximate MAXLEN
//   state:request:<id>, ...:group:<g>     owner of request  twice the TTL
//   cache:request:<id>:xml, :metadata     submitter         TTL
//   cache:request:<id>:document, :group:<g>  owner          TTL; gone with success
//   cache:request:<id>:response, :failure owner             TTL
//   cache:task:<id>:<g>:<t>:xml           owner of request  TTL; gone with the end of the task, or as set
//   cache:task:<id>:<g>:<t>:result        worker            TTL; gone with the request if so set
//   request:idempotency:<key>             submitter         its own setting after the end, twice the TTL by default
//   vn:events:<user>                      scripts           approximate MAXLEN, and a TTL after the last
//   vn:withdrawals                        scripts           a day; a field goes when its group is done
//   vn:audit                              scripts           approximate MAXLEN
//   vn:part:<...>                         who stores it     ten minutes; renamed by the script that makes it count
//   vn:alone:<entry>                      worker            task time-out and lease
//   vn:node:<node>                        node              three leases, renewed
//   vn:calm:<node>                        node              three leases, renewed
//   vn:nodes                              nodes             three leases, renewed; the names of those
//   vn:nodes:version                      nodes             three leases, renewed; another one after each change
#pragma once

#include <string>
#include <string_view>

namespace vn::redis::keys {

inline constexpr std::string_view ingest = "stream:request:ingest";
inline constexpr std::string_view dispatch = "stream:task:dispatch";
inline constexpr std::string_view updates = "stream:task:updates";
inline constexpr std::string_view lifecycle = "stream:request:lifecycle";

inline constexpr std::string_view orchestrators = "orchestrator-main"; // the group of ingest
inline constexpr std::string_view workers = "task-workers";            // the group of dispatch

// Beside ingest and dispatch, for requests of other priorities; common.lua says how their entries are called.
inline constexpr std::string_view ingest_high = "vn:ingest:high";
inline constexpr std::string_view ingest_low = "vn:ingest:low";
inline constexpr std::string_view dispatch_high = "vn:dispatch:high";
inline constexpr std::string_view dispatch_low = "vn:dispatch:low";
inline constexpr std::string_view lanes = "vn:lanes"; // there are workers that read them

inline constexpr std::string_view nodes = "vn:nodes";
inline constexpr std::string_view nodes_version = "vn:nodes:version";
inline constexpr std::string_view audit = "vn:audit";

inline std::string state(std::string_view id)
{
    return "state:request:" + std::string(id);
}
inline std::string group_state(std::string_view id, std::size_t g)
{
    return state(id) + ":group:" + std::to_string(g);
}

// No request has more, whatever its state says: group_index() of common.lua.
inline constexpr long long most_groups = 1'000'000;

// what: xml, response, metadata, failure, document
inline std::string request(std::string_view id, std::string_view what)
{
    return "cache:request:" + std::string(id) + ":" + std::string(what);
}
inline std::string hydrated_group(std::string_view id, std::size_t g)
{
    return request(id, "group:") + std::to_string(g);
}

// What the names of all keys of a request's tasks begin with.
inline std::string tasks_of(std::string_view id)
{
    return "cache:task:" + std::string(id) + ":";
}
// what: xml, result; t from 1
inline std::string task(std::string_view id, std::size_t g, std::size_t t, std::string_view what)
{
    return tasks_of(id) + std::to_string(g) + ":" + std::to_string(t) + ":" + std::string(what);
}

// The channel where the events of a user are published, by us and by others.
inline constexpr std::string_view event_channel_prefix = "workflow:events:";
inline std::string event_channel(std::string_view user)
{
    return std::string(event_channel_prefix) + std::string(user);
}
// Those of ours, kept for a while.
inline std::string events(std::string_view user)
{
    return "vn:events:" + std::string(user);
}

// A large value on its way, until a script renames it. unique: nobody else stores anything under this name.
inline std::string part(std::string_view unique, std::size_t size)
{
    return "vn:part:" + std::string(unique) + ":" + std::to_string(size);
}

// No document begins like the name of one.
inline bool is_part(std::string_view text)
{
    return text.starts_with("vn:part:");
}

// which: task, request
inline std::string dead(std::string_view which)
{
    return "stream:" + std::string(which) + ":dead";
}

inline std::string alone(std::string_view entry)
{
    return "vn:alone:" + std::string(entry);
}
inline std::string node(std::string_view name)
{
    return "vn:node:" + std::string(name);
}

} // namespace vn::redis::keys
