// Plugins whose functions and fetchers a program can use that has no event loop of its own.
#pragma once

#include "core/async.hpp"
#include "domain/document_fetcher.hpp"
#include "domain/hydration_functions.hpp"

#include <boost/asio/io_context.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

namespace vn {

class conformance_plugins
{
public:
    // Opens the files, each in a process of its own, and publishes what they offer until it is destroyed. Throws
    // std::runtime_error with the reason if one cannot be opened. functions and fetchers outlive this.
    conformance_plugins(std::vector<std::string> files, hydration_functions& functions, document_fetchers& fetchers);
    ~conformance_plugins();

private:
    awaitable<void> serve(std::vector<std::string> files, hydration_functions& functions, document_fetchers& fetchers);

    asio::io_context loop_{1};
    asio::thread_pool pool_{1};
    event done_with_;
    std::promise<void> ready_;
    // Processes end with the thread that has started them: it lasts.
    std::thread thread_;
};

} // namespace vn
