// The command line of vn-plugin-check.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace vn::check {

struct options
{
    std::string file;
    std::string task_document; // what --task FILE holds; empty: one of ours
    std::string task_name;     // empty: the first name the plugin declares
    std::map<std::string, std::string, std::less<>> settings;
    std::chrono::milliseconds timeout{10'000}; // of one trial, which makes many calls
    std::chrono::milliseconds grace{1'000};    // between the cancel of a call and its return
    std::size_t calls = 2'000;                 // of the trial for leaks
    std::size_t memory_mb = 512;               // what a trial may allocate
    bool json = false;
    bool list_only = false;
};

// Ends the process: 0 after --help and --version, 2 on wrong usage.
options parse_options(int argc, char** argv);

} // namespace vn::check
