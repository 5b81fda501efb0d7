#include "bench/noop_called.hpp"

#include "bench/bare_call.hpp"
#include "domain/document_gate.hpp"
#include "domain/task_output.hpp"

#include <stdexcept>

namespace vn::bench {

namespace {

// Between two looks at the clock, which costs as much as a short call.
constexpr int calls_in_a_row = 16;

} // namespace

noop_called::noop_called(const std::string& file) : host_({}, [](std::int32_t, std::string_view) {})
{
    const auto loaded = blocking_load_plugin(file);
    if (!loaded)
        throw std::runtime_error(file + ": " + loaded.error().message);
    plugin_ = *loaded;
    instance_ = plugin_->create(host_.table());
    if (!instance_ || !read_tables(*plugin_, instance_, tables_) || !tables_.task)
        throw std::runtime_error(file + ": it values no tasks");
}

noop_called::~noop_called()
{
    plugin_->destroy(instance_);
}

template <class Then>
std::size_t noop_called::call_until(const std::string& document, std::chrono::steady_clock::time_point until, Then then)
{
    std::size_t calls = 0;
    do
        for (int i = 0; i < calls_in_a_row; ++i, ++calls)
        {
            output_.clear();
            auto c = bare_call(document, output_);
            if (tables_.task->run(instance_, &c) != VN_OK || !then())
                throw std::runtime_error("a bare call failed");
        }
    while (std::chrono::steady_clock::now() < until);
    return calls;
}

std::size_t noop_called::call(const std::string& document, std::chrono::steady_clock::time_point until)
{
    return call_until(document, until, [&] { return output_.size() == document.size(); });
}

std::size_t noop_called::call_and_judge(const std::string& document, std::chrono::steady_clock::time_point until)
{
    return call_until(document, until, [&] { return accept_output(document, output_, document_limits{}).has_value(); });
}

} // namespace vn::bench
