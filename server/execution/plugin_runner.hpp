// One version of a plugin, ready to be called, wherever it runs: in host processes or in the server. I/O thread only.
#pragma once

#include "execution/executor.hpp"
#include "execution/plugin_description.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace vn {

struct plugin_counts
{
    std::size_t calls = 0;    // ended
    std::size_t failures = 0; // of them
    std::size_t running = 0;
    std::size_t hosts = 0;     // processes alive; 0 inline
    std::size_t restarts = 0;  // of processes that ended other than by order
    std::size_t abandoned = 0; // inline workers that do not come back
};

// run(): as executor says; calls above what it can do at once wait in it, their time runs from the moment they start.
class plugin_runner : public executor
{
public:
    virtual const plugin_description& description() const = 0;

    // Calls a hydration function the plugin describes. Codes: plugin-invalid, plugin-failed, plugin-crashed,
    // plugin-deadline, plugin-output-too-large, plugin-unavailable. Cancellable as run().
    virtual awaitable<result<std::string, failure>> call_function(std::string name, std::vector<std::string> arguments,
                                                                  std::chrono::milliseconds limit) = 0;
    // The document a fetcher gives for the URI. Codes as above, and document-missing.
    virtual awaitable<result<std::string, failure>> fetch(std::string uri, std::chrono::milliseconds limit) = 0;

    // Takes no more calls (they fail with plugin-unavailable); running ones end on this version. Then its processes go.
    virtual void drain() = 0;
    // Drained, and nothing runs any more.
    virtual bool is_done() const = 0;

    virtual plugin_counts counts() const = 0;
    // Why no call can succeed now, empty if one may: all inline workers abandoned, hosts that do not start.
    virtual std::string unhealthy() const = 0;
};

} // namespace vn
