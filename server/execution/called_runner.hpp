// What every runner of plugins does around a call, wherever it runs.
#pragma once

#include "domain/document_gate.hpp"
#include "execution/plugin_call.hpp"
#include "execution/plugin_runner.hpp"

#include <boost/asio/thread_pool.hpp>

namespace vn {

class called_runner : public plugin_runner
{
public:
    awaitable<task_outcome> run(task_input input) final;
    awaitable<result<std::string, failure>> call_function(std::string name, std::vector<std::string> arguments,
                                                          std::chrono::milliseconds limit) final;
    awaitable<result<std::string, failure>> fetch(std::string uri, std::chrono::milliseconds limit) final;

    const plugin_description& description() const final { return description_; }

protected:
    called_runner(asio::any_io_executor ex, asio::thread_pool& pool, const char* kind, plugin_description description,
                  document_limits limits)
        : ex_(std::move(ex)), description_(std::move(description)), pool_(pool), kind_(kind), limits_(limits)
    {}

    // Takes the call: it will be answered, then released, or both at once.
    virtual void submit(std::shared_ptr<plugin_call> call) = 0;
    // Nobody wants the answer: it has to be released soon.
    virtual void withdraw(const std::shared_ptr<plugin_call>& call) = 0;

    // calls and failures are counted here.
    plugin_counts counts_;
    asio::any_io_executor ex_;

private:
    awaitable<plugin_answer> perform(std::shared_ptr<plugin_call> call);
    awaitable<result<std::string, failure>> value_of(std::shared_ptr<plugin_call> call);

    plugin_description description_;
    asio::thread_pool& pool_;
    const char* kind_;
    document_limits limits_;
};

} // namespace vn
