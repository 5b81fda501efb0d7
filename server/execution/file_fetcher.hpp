// Documents that hrefs name as files: regular files below configured folders, and nothing else.
#pragma once

#include "domain/document_fetcher.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace vn {

struct file_fetcher_settings
{
    // Absolute paths of folders. Relative names are looked up in the first. None: no file can be read.
    std::vector<std::string> roots;
    std::size_t max_bytes = 64u << 20;
    std::chrono::milliseconds time_limit{10'000};
};

// Takes `PATH`, `file:PATH` and `file:///PATH`. Whatever is not a regular file below a root, also by `..` or a link,
// looks like a file that does not exist. Any thread.
class file_fetcher final : public document_fetcher
{
public:
    // Throws std::runtime_error for a root that cannot be opened. Roots are held open.
    explicit file_fetcher(file_fetcher_settings settings);
    file_fetcher(const file_fetcher&) = delete;
    ~file_fetcher() override;

    // Codes: document-missing, document-too-large, document-timeout, document-unavailable.
    result<std::string, failure> blocking_fetch(const std::string& uri) const override;

private:
    struct root
    {
        std::string path; // without links, with '/' at the end
        int directory;
    };

    int open_beneath(const std::string& path) const;

    file_fetcher_settings settings_;
    std::vector<root> roots_;
};

} // namespace vn
