// The trials. Each runs in a child process of its own, and tells what it finds.
#pragma once

#include "check/child.hpp"
#include "check/options.hpp"

namespace vn::check {

using trial = void (*)(const options&, voice&);

// What is offered, and whether loading and instances behave (instance_trials.cpp).
void try_loading(const options& chosen, voice& out);
void try_instances(const options& chosen, voice& out);

// One call after the other (call_trials.cpp).
void try_good_input(const options& chosen, voice& out);
void try_bad_input(const options& chosen, voice& out);
void try_huge_input(const options& chosen, voice& out);
void try_output_limit(const options& chosen, voice& out);

// Calls side by side, ended early, and many of them (stress_trials.cpp).
void try_parallel_calls(const options& chosen, voice& out);
void try_cancel(const options& chosen, voice& out);
void try_deadline(const options& chosen, voice& out);
void try_repetition(const options& chosen, voice& out);

} // namespace vn::check
