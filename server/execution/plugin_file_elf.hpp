// Whether a file is a complete shared object for this machine, as far as that can be seen without loading it.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <optional>

namespace vn {

// Codes plugin-wrong-kind and plugin-incomplete. Reads by pread(); size is that of the file. Nothing it contains is
// believed. Blocking; any thread.
std::optional<failure> judge_elf(int fd, std::uint64_t size);

} // namespace vn
