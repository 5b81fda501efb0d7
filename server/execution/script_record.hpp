// What a script is, as recorded with each result: its path and the SHA-256 of its content. I/O thread only.
#pragma once

#include <cstdint>
#include <string>
#include <sys/stat.h>

namespace vn {

class script_record
{
public:
    explicit script_record(std::string path) : path_(std::move(path)) {}

    // Read again only when the file has changed; the path alone if it cannot be read.
    const std::string& text();

private:
    const std::string path_;
    std::string text_;
    struct stat seen_{};
};

} // namespace vn
