// A plugin that runs nowhere: a small working model of plugin_runner.
#pragma once

#include "core/async.hpp"
#include "domain/retry.hpp"
#include "execution/plugin_runner.hpp"

#include <memory>
#include <string>

namespace vn::test {

// Answers with its version. While its gate is closed, calls wait there; as a real one it fails calls that come after
// drain(), and with fails_first those that drain() found waiting.
class fake_runner final : public plugin_runner
{
public:
    fake_runner(asio::any_io_executor ex, plugin_description d) : gate(ex), description_(std::move(d)) { gate.set(); }

    event gate;
    bool drained = false;
    bool gives_up_waiting = false; // calls that wait when drain() comes fail as unavailable
    plugin_counts counted;
    std::string trouble;

    const plugin_description& description() const override { return description_; }

    awaitable<task_outcome> run(task_input input) override
    {
        task_outcome out;
        out.executor = "host";
        if (drained)
            co_return unavailable();
        ++counted.running;
        co_await gate.wait();
        --counted.running;
        ++counted.calls;
        if (drained && gives_up_waiting)
            co_return unavailable();
        out.result = input.valuation_name + " by " + description_.version;
        co_return out;
    }

    awaitable<result<std::string, failure>> call_function(std::string name, std::vector<std::string>,
                                                          std::chrono::milliseconds) override
    {
        co_return name + " by " + description_.version;
    }
    awaitable<result<std::string, failure>> fetch(std::string uri, std::chrono::milliseconds) override
    {
        co_return uri;
    }

    void drain() override { drained = true; }
    bool is_done() const override { return drained && counted.running == 0; }
    plugin_counts counts() const override { return counted; }
    std::string unhealthy() const override { return trouble; }

private:
    static task_outcome unavailable()
    {
        task_outcome out;
        out.error = failure{.code = "plugin-unavailable", .message = "drained"};
        out.retryable = true;
        return out;
    }

    plugin_description description_;
};

inline plugin_description describing(std::string name, std::string version, std::vector<std::string> tasks = {})
{
    plugin_description d;
    d.name = std::move(name);
    d.version = std::move(version);
    d.abi_major = 1;
    d.values_tasks = true;
    d.tasks = std::move(tasks);
    return d;
}

} // namespace vn::test
