// What the plugin is asked to do: good, bad and huge input for everything it offers.
#pragma once

#include "check/library.hpp"

#include <string>
#include <vector>

namespace vn::check {

struct job
{
    std::string label;
    std::string name;                      // of the task, function or scheme
    std::string payload;                   // a task's
    const vn_function* function = nullptr; // for functions, with their arguments
    std::vector<std::string> arguments;
    bool fetch = false; // payload is a URI
};

std::vector<job> good_jobs(const plugin_instance& plugin, const options& chosen);
std::vector<job> bad_jobs(const plugin_instance& plugin, const options& chosen);
std::vector<job> huge_jobs(const plugin_instance& plugin);

vn_status perform(const plugin_instance& plugin, const job& what, recorded_call& call);

// What is wrong with how a call ended. Empty: nothing.
std::vector<std::string> judge(const job& what, const recorded_call& call, vn_status status);

} // namespace vn::check
