// What a plugin says of itself, checked; the same whether a file or a program that speaks the frame protocol.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct function_argument
{
    std::string name;
    std::string help;
    std::string type; // text, number, integer, boolean, date, xml, path
    bool optional = false;
    bool repeated = false;
};

struct function_description
{
    std::string name;
    std::string help;
    std::string result; // a type
    std::vector<function_argument> arguments;
};

struct plugin_description
{
    std::string name;
    std::string version;
    std::uint32_t abi_major = 0;
    std::uint32_t abi_minor = 0;
    bool concurrent = false;
    bool serial = false;
    std::vector<std::string> tasks; // valuations it wants without a route
    bool values_tasks = false;
    std::vector<function_description> functions;
    std::vector<std::string> schemes;
};

// The JSON form, as `vn-plugin-host --describe FILE` prints it and a hello frame carries it.
std::string describe(const plugin_description& p);
// What breaks a limit of vn/plugin.h on sizes and characters, one sentence; empty if nothing does.
std::string flaw_of(const plugin_description& p);
// Code plugin-description; limits on sizes and characters as in vn/plugin.h.
result<plugin_description, failure> parse_description(std::string_view json);

} // namespace vn
