// Everything that can be set, read once at start. The rooms' own structs hold the defaults; the table of names, ranges
// and environment variables is settings_table.cpp, the file with all of it is etc/vnserver.info.
#pragma once

#include "api/event_access.hpp"
#include "api/event_socket.hpp"
#include "api/event_stream.hpp"
#include "core/log.hpp"
#include "domain/hydration_limits.hpp"
#include "engine/settings.hpp"
#include "execution/plugin_choices.hpp"
#include "execution/settings.hpp"
#include "http/settings.hpp"
#include "redis/settings.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vn {

struct node_roles
{
    bool api = true;
    bool orchestrator = true;
    bool worker = true;

    bool operator==(const node_roles&) const = default;
};

struct hydration_settings
{
    // Names of environment variables that requests may read, comma-separated.
    std::string env;
    // One call of a plugin's function or fetcher, the wait for a free process included.
    std::chrono::milliseconds function_timeout{10'000};
};

struct settings
{
    // Absolute after load_settings(), which chooses one if none was given.
    std::string data_dir;
    node_roles roles;
    log::level log_level = log::level::info;
    log::format log_format = log::format::automatic;

    // False: no listener, health included.
    bool enable_http = true;
    std::size_t payload_max_bytes = 10 << 20;
    std::chrono::milliseconds sync_wait{120'000};
    std::chrono::milliseconds shutdown_grace{30'000};
    // Threads for parsing and hydration; one for each core if 0, which load_settings() replaces by their number.
    std::size_t document_threads = 0;
    // What runs the embedded Redis when redis.url is empty: a path, or a name that is looked for in PATH.
    std::string redis_program = "redis-server";

    http::settings http;
    redis::settings redis;
    engine_settings engine;
    script_settings script;
    route_settings routes;
    plugin_settings plugins;
    plugin_folder_settings plugin_folder;
    vn::plugin_choices plugin_choices;
    file_settings files;
    hydration_limits documents;
    hydration_settings hydration;
    event_hub_settings events;
    event_access_settings event_access;
    event_socket_settings event_sockets;
    event_stream_settings event_streams;
    // GET /watch
    bool watch_page = true;
};

using environment = std::map<std::string, std::string, std::less<>>;

struct loaded_settings
{
    // Only to be used if there are no mistakes.
    settings values;
    // One line each: where, which setting, what is wrong. Never a secret. Not empty: exit code 78.
    std::vector<std::string> mistakes;
    std::vector<std::string> warnings;
};

// Defaults, then the file if one is given, then the environment. Everything that is wrong is reported at once. Throws
// nothing but bad_alloc. Blocking: for the start only.
loaded_settings load_settings(const std::optional<std::filesystem::path>& file, const environment& variables);

// What is wrong with the files of keys, which nobody but the server has to be able to read.
std::optional<std::string> blocking_check_keys(const settings& values);

// The variables of this process.
environment process_environment();

// All settings as a commented file that load_settings() reads; secrets are masked. With settings{} it is
// etc/vnserver.info.
std::string print_settings(const settings& values);

} // namespace vn
