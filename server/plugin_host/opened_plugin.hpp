// A plugin's file with one instance of it, in a process that exists for nothing else.
#pragma once

#include "execution/plugin_calls.hpp"

#include <memory>

namespace vn::plugin_host {

class opened_plugin
{
public:
    // path absolute. Code plugin-refused; the message is one line. log: as offered_host has it.
    static result<std::unique_ptr<opened_plugin>, failure>
    open(const std::string& path, std::map<std::string, std::string> settings, offered_host::log_sink log);
    opened_plugin(const opened_plugin&) = delete;
    // Destroys the instance.
    ~opened_plugin();

    const plugin_description& description() const noexcept { return description_; }
    vn_status call(const plugin_question& q, offered_call& call) { return call_plugin(tables_, instance_, q, call); }

private:
    opened_plugin(std::map<std::string, std::string> settings, offered_host::log_sink log);

    std::string last_error_; // that the plugin logged before it was complete
    offered_host host_;
    const vn_plugin* plugin_ = nullptr;
    vn_instance* instance_ = nullptr;
    plugin_tables tables_;
    plugin_description description_;
};

} // namespace vn::plugin_host
