// What plugins offer to hydration: functions, and fetchers for schemes of hrefs.
#pragma once

#include "domain/document_fetcher.hpp"
#include "domain/hydration_functions.hpp"
#include "execution/blocking_calls.hpp"
#include "execution/plugin_runner.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vn {

// I/O thread only; what it publishes is called on others. Declare it after the group.
class plugin_functions
{
public:
    // call_limit is for one call, the wait for a free process included. functions and fetchers outlive this.
    plugin_functions(asio::any_io_executor ex, task_group& group, hydration_functions& functions,
                     document_fetchers& fetchers, std::chrono::milliseconds call_limit);
    ~plugin_functions();

    // These are all there are from now on: after every change of what is offered. Of several with one name the first
    // counts; names of built-in functions are left to those. A hydration that runs keeps the table it began with; a
    // call of it that finds its plugin draining goes to the version that is offered then.
    void offer(const std::vector<std::shared_ptr<plugin_runner>>& plugins);

    // Before the threads that hydrate are joined: nobody waits any more.
    void close();

private:
    // Who is asked now, by name. I/O thread only.
    struct offered
    {
        std::map<std::string, std::shared_ptr<plugin_runner>, std::less<>> functions;
        std::map<std::string, std::shared_ptr<plugin_runner>, std::less<>> schemes;
    };
    class function;
    class fetcher;

    hydration_functions& functions_;
    document_fetchers& fetchers_;
    std::shared_ptr<blocking_calls> calls_;
    std::shared_ptr<offered> offered_ = std::make_shared<offered>();
};

} // namespace vn
