// What can be said of a shared object without loading it.
#pragma once

#include <string>
#include <vector>

namespace vn::check {

struct elf_file
{
    std::string problem;              // why it cannot be a plugin for this machine; empty: it can
    std::vector<std::string> exports; // its defined, visible dynamic symbols
};

elf_file read_elf(const std::string& file);

} // namespace vn::check
