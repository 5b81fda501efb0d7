// All plugins of a node: those of the folders and those that are commands in the settings. I/O thread only.
#pragma once

#include "domain/document_gate.hpp"
#include "execution/mapped_plugins.hpp"
#include "execution/plugin_folder.hpp"
#include "execution/plugin_registry.hpp"
#include "execution/settings.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vn {

struct plugin_set_settings
{
    plugin_settings running;
    plugin_folder_settings folders;
    plugin_choices choices; // by plugin name
    document_limits documents;
};

class plugin_set
{
public:
    // Throws std::runtime_error if there is no place for copies of plugins.
    plugin_set(asio::any_io_executor ex, plugin_set_settings settings);
    ~plugin_set();

    // Until cancelled; terminal ends it at once.
    awaitable<void> run();
    // Returns when everything that is there at the start has been judged, or after the limit: a plugin that hangs
    // while it is opened holds nobody up for ever.
    awaitable<void> ready(clock::duration limit);
    bool is_ready() const { return ready_; }
    // After run() has ended and nobody calls plugins any more: ends what still runs and waits for it. False if
    // something does not end within the limit.
    awaitable<bool> stop(clock::duration limit);

    const plugin_registry& registry() const { return registry_; }
    // As plugin_registry says.
    void on_change(std::function<void()> changed) { registry_.on_change(std::move(changed)); }
    std::vector<std::string> warnings() const { return folder_.warnings(); }

private:
    awaitable<result<plugin_description, failure>> describe(std::string file, std::map<std::string, std::string> s);
    // Those that could not be opened yet; what is refused for another reason has been opened.
    awaitable<void> offer_commands();
    awaitable<void> offer_late_commands();
    awaitable<result<started_plugin, failure>> start(plugin_source s);

    asio::any_io_executor ex_;
    const plugin_set_settings settings_;
    asio::thread_pool pool_;
    mapped_plugins mapped_;
    plugin_registry registry_;
    plugin_folder folder_;
    std::set<std::string> unopened_commands_;
    bool ready_ = false;
};

} // namespace vn
