// A file that wants to be a plugin: whether it may, whether it is complete, and a private copy of it. The folder it was
// found in is only read: what is mapped later is the copy, which nobody overwrites or truncates. Blocking; any thread.
#pragma once

#include "core/error.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vn {

// Two stamps that differ: the file may have changed. Equal ones: it has not, but for writes within one clock tick.
struct file_stamp
{
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0; // of the inode too: owner, mode, links

    bool operator==(const file_stamp&) const = default;
};

struct folder_listing
{
    // *.so that do not begin with a dot, by name: what they are is judged later. The full path of each.
    std::map<std::string, file_stamp> files;
    // Of the folder itself; 0 if it is not there.
    std::uint64_t device = 0;
    // Why no file of it may be used (plugin-untrusted), or why it cannot be read (plugin-folder).
    std::optional<failure> problem;
};

// Stops at 10,000 files. R34: the folder belongs to root or to us, and nobody else may write to it; of its parents,
// those that all may write to are sticky.
folder_listing blocking_list_plugins(const std::string& folder);

struct plugin_copy
{
    std::string path;
    std::string sha256;
};

// Copies the file into the folder `copies`, under its hash. Codes: plugin-unreadable, plugin-wrong-kind (no regular
// file, no shared object of this machine), plugin-untrusted, plugin-too-large, plugin-incomplete (headers or sections
// reach beyond its end), plugin-changing (it was written to meanwhile: try again), plugin-not-copied.
result<plugin_copy, failure> blocking_copy_plugin(const std::string& file, const std::string& copies,
                                                  std::uint64_t max_bytes = 512u << 20);

// Which content is allowed: lines of a SHA-256 and whatever follows it, as sha256sum writes them; # begins a comment.
// Code plugin-allow-list: it cannot be read, others may write to it, or a line is something else.
result<std::vector<std::string>, failure> blocking_read_allow_list(const std::string& file);

} // namespace vn
