// The child processes this process means to have. Everything that forks does it here, so that what a child leaves
// behind (a stray: reparented to us, see become_subreaper) can be told from what somebody still waits for (R26).
// Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <sys/types.h>

namespace vn::children {

// Calls fork_one, which forks or clones and returns the child's pid in the parent (-1 with errno on failure), and
// remembers the child before any scan can see it. In a child that does not exec, start() must not return: fork_one
// ends it by _exit. mark is an entry of the child's environment ("HOME=/some/folder") by which those of its
// descendants that left its session are still known as its own; empty: none.
pid_t start(const std::function<pid_t()>& fork_one, std::string mark = {});

// Reaps a child if it has ended and forgets it; never blocks. True when the child is gone: status is then as from
// waitpid(), or -1 if somebody else reaped it. processor, if given: what it took of that, with all it waited for.
bool reap(pid_t child, int& status, std::chrono::microseconds* processor = nullptr);

// For those who reaped the child themselves: call it right after.
void forget(pid_t child);

// Kills and reaps the strays, and returns how many are not known to be gone: call again until it returns 0. (Killing
// one hands its children to us, and the end of a process takes its time.) Spared are the descendants of children that
// still run, as far as session or mark show it; one that shows neither is killed.
std::size_t kill_strays();

// Orphans among our descendants become our children from now on. Once, at the start of the program.
void become_subreaper();

} // namespace vn::children
