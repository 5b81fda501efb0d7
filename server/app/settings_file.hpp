// Reads a settings file: Boost.PropertyTree's INFO format without its traps (R36).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace vn {

struct settings_entry
{
    std::string path;              // sections and key, joined by dots
    std::vector<std::string> keys; // the same; each tasks.route has its number: route#0001
    std::string value;
    std::size_t line = 0;
};

struct settings_file
{
    std::vector<settings_entry> entries;
    // FILE:LINE: what is wrong. Refused: #include, a key given twice (but tasks.route), a second word after a value
    // without quotes (INFO takes it for another key), nesting of more than 8, more than 1 MiB, anything but a regular
    // file.
    std::vector<std::string> mistakes;
};

// Throws nothing but bad_alloc. Entries that are not mistaken are given even if others are.
settings_file read_settings_file(const std::filesystem::path& file);

} // namespace vn
