// A test mode that ends the process at a chosen Redis command, to prove that it may end between any two of them.
//
//   VN_TEST_EXIT_BEFORE_COMMAND=<n>   before the n-th command is given to its connection
//   VN_TEST_EXIT_AFTER_COMMAND=<n>    when the n-th command has had its effect, before anybody sees its reply
//
// Commands are counted over all connections of the process; those that are sent together in one go count as one.
// Without these variables it costs a comparison. tests/chaos/kill_at_n.py is its user. I/O thread only.
#pragma once

namespace vn::redis::exit_point {

inline constexpr int exit_code = 86;

// Counts a command. Gives whether the process has to end after it; may not return.
bool before_command() noexcept;
[[noreturn]] void leave() noexcept;

} // namespace vn::redis::exit_point
