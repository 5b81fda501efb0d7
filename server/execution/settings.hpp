// What can be set about how tasks are valued and which files documents may come from.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace vn {

struct script_settings
{
    // Absolute, or looked for beside the program and in its share folder.
    std::string path = "vnas.sh";
    std::size_t output_bytes = 16 << 20;
    std::size_t error_bytes = 4 << 10;      // kept of stderr
    std::chrono::milliseconds grace{2'000}; // between SIGTERM and SIGKILL
    std::string folder;                     // private folders of the slots; below the data folder
    std::size_t memory_bytes = 0;           // address space of one script; 0: no limit
    std::size_t open_files = 256;
    std::size_t file_bytes = 1 << 30; // of any file it writes; 0: no limit
    std::size_t processes = 0;        // of the server's user, all together, and not for root; 0: no limit
    std::chrono::seconds cpu{0};      // 0: no limit
};

struct file_settings
{
    // Folders that file hrefs may reach; the first one is where relative names start. None: no file hrefs.
    std::vector<std::string> roots;
    std::size_t max_bytes = 64 << 20;
    std::chrono::milliseconds timeout{10'000};
};

// How plugins run, and what one process or worker of theirs may use.
struct plugin_settings
{
    // Absolute, or looked for beside the program.
    std::string host_program = "vn-plugin-host";
    std::size_t hosts = 2;                 // processes of each plugin, started when there is work for them
    std::size_t memory_bytes = 4ull << 30; // address space of one; 0: no limit
    std::chrono::seconds cpu{0};           // processor time of one call; 0: no limit
    std::size_t open_files = 256;
    std::size_t file_bytes = 1 << 30;     // of any file it writes; 0: no limit
    std::size_t output_bytes = 16 << 20;  // of one answer
    std::size_t printed_bytes = 64 << 10; // logged of what one process prints in a minute
    std::size_t calls = 100'000;          // then a process is replaced; 0: never
    std::chrono::milliseconds start_timeout{10'000};
    std::size_t start_attempts = 3;              // failed in a row, a plugin is unhealthy
    std::chrono::milliseconds restart_pause{50}; // after the second failure in a row, doubling
    std::chrono::milliseconds longest_restart_pause{10'000};
    std::chrono::milliseconds grace{2'000}; // between being told to stop and being killed
    std::size_t inline_workers = 2;         // threads of each inline plugin
};

} // namespace vn
