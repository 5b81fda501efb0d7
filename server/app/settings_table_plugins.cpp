// The settings of plugins in general; the sections of single ones are in settings_plugins.cpp.
#include "app/setting_kinds.hpp"
#include "app/settings_table.hpp"

namespace vn {

namespace {

constexpr std::uint64_t kb = 1024;
constexpr std::uint64_t gb = 1024 * 1024 * kb;
constexpr std::uint64_t hour_ms = 3'600'000;

} // namespace

std::vector<setting> plugin_settings_rows()
{
    using namespace kind;
    return {
        path(
            {"plugin.dir", "The drop folder: plugins (*.so) put here are used at once. Empty: plugins below data_dir."},
            [](auto& s) -> auto& { return s.plugin_folder.dropped; }),
        path({"plugin.allow_list",
              "File of the SHA-256 of plugins that may be used, as sha256sum writes it. Empty: all."},
             [](auto& s) -> auto& { return s.plugin_folder.allow_list; }),
        bytes({"plugin.max_bytes", "Size of a plugin file."}, kb, 16 * gb,
              [](auto& s) -> auto& { return s.plugin_folder.max_bytes; }),
        duration({"plugin.rescan_ms", "How often the folders are looked at without a sign of change."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.plugin_folder.rescan; }),
        duration({"plugin.settle_ms", "A file of which no end of writing was seen must stay unchanged for this long."},
                 10, hour_ms, [](auto& s) -> auto& { return s.plugin_folder.settle; }),
        program({"plugin.host_program", "What runs plugins in processes; a name is looked for beside the program."},
                [](auto& s) -> auto& { return s.plugins.host_program; }),
        number({"plugin.hosts", "Processes of each plugin."}, 1, 1'000,
               [](auto& s) -> auto& { return s.plugins.hosts; }),
        number({"plugin.inline_workers", "Threads of each plugin that runs inline."}, 1, 1'000,
               [](auto& s) -> auto& { return s.plugins.inline_workers; }),
        bytes({"plugin.memory_bytes", "Address space of one process; 0: no limit."}, 0, 1024 * gb,
              [](auto& s) -> auto& { return s.plugins.memory_bytes; }),
        duration({"plugin.cpu_seconds", "Processor time of one call; 0: no limit."}, 0, 86'400,
                 [](auto& s) -> auto& { return s.plugins.cpu; }),
        number({"plugin.open_files", "Files a process may have open."}, 16, 1'000'000,
               [](auto& s) -> auto& { return s.plugins.open_files; }),
        bytes({"plugin.file_bytes", "Size of any file it writes; 0: no limit."}, 0, 1024 * gb,
              [](auto& s) -> auto& { return s.plugins.file_bytes; }),
        bytes({"plugin.output_bytes", "One answer; more is a failure."}, kb, gb,
              [](auto& s) -> auto& { return s.plugins.output_bytes; }),
        bytes({"plugin.printed_bytes", "What is logged of what a process prints in a minute."}, 0, gb,
              [](auto& s) -> auto& { return s.plugins.printed_bytes; }),
        number({"plugin.calls", "Calls after which a process is replaced; 0: never."}, 0, 1'000'000'000,
               [](auto& s) -> auto& { return s.plugins.calls; }),
        duration({"plugin.start_timeout_ms", "For the start of a process and for opening a new file."}, 10, hour_ms,
                 [](auto& s) -> auto& { return s.plugins.start_timeout; }),
        number({"plugin.start_attempts", "Failed starts in a row that make a plugin unhealthy."}, 1, 1'000,
               [](auto& s) -> auto& { return s.plugins.start_attempts; }),
        duration({"plugin.restart_pause_ms", "Before a process starts again after the second failure in a row; doubles."},
                 1, hour_ms, [](auto& s) -> auto& { return s.plugins.restart_pause; }),
        duration({"plugin.longest_restart_pause_ms", "Where that ends."}, 1, hour_ms,
                 [](auto& s) -> auto& { return s.plugins.longest_restart_pause; }),
        duration({"plugin.grace_ms", "Between telling a call to stop and killing its process."}, 0, hour_ms,
                 [](auto& s) -> auto& { return s.plugins.grace; }),
    };
}

} // namespace vn
