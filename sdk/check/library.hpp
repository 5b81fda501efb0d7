// The plugin, loaded, and one instance of it. Used in child processes only; whatever is wrong is thrown.
#pragma once

#include "check/options.hpp"
#include "check/recorded_call.hpp"

#include <vn/plugin.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace vn::check {

// Loaded for good: the process ends soon.
const vn_plugin* load(const std::string& file);

class plugin_instance
{
    const vn_plugin* plugin_;
    const options& options_;
    vn_host host_{};
    std::mutex mutex_; // of last_error_
    std::string last_error_;
    vn_instance* instance_ = nullptr;

    static void on_log(const vn_host* host, std::int32_t level, vn_bytes text);
    static vn_bytes on_setting(const vn_host* host, const char* key);

public:
    // Creates the instance and checks the tables of its capabilities.
    plugin_instance(const vn_plugin* plugin, const options& chosen);
    ~plugin_instance() { plugin_->destroy(instance_); }
    plugin_instance(const plugin_instance&) = delete;
    plugin_instance& operator=(const plugin_instance&) = delete;

    // NULL where not offered.
    const vn_task* task = nullptr;
    const vn_functions* functions = nullptr;
    const vn_fetcher* fetcher = nullptr;

    std::string task_name() const;
    const void* capability(const char* id) const { return plugin_->capability(instance_, id); }

    vn_status run(recorded_call& call) const;
    vn_status apply(const vn_function& function, recorded_call& call, const std::vector<std::string>& arguments) const;
    vn_status fetch(recorded_call& call, std::string_view uri) const;
};

} // namespace vn::check
