// The child's side of xpath_sandbox, and what it writes into the pipe.
#pragma once

#include "execution/xpath_sandbox.hpp"

#include <cstdint>

namespace vn {

// The pipe carries one byte that says how it ended, then, after nodes: for each context a count and as many numbers,
// all 32 bits in the machine's order; after scalar: its size in decimal, ':', its text; after invalid: the message.
enum class sandbox_answer : char
{
    nodes = 'n',
    scalar = 's',
    invalid = 'i',
    too_expensive = 'e',
};

constexpr std::size_t sandbox_answer_limit = 8u << 20;

// Runs in the child and never returns. Only what is fork-safe is called: malloc of the C library is.
[[noreturn]] void run_sandbox_child(int pipe, const pugi::xml_document& document,
                                    std::span<const pugi::xml_node> contexts, const std::string& expression,
                                    const xpath_sandbox_settings& settings);

} // namespace vn
