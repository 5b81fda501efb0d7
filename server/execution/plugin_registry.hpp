// Every plugin the node knows: the versions that are offered, those that end, and what was refused and why. It decides
// who gets a name (R33). I/O thread only.
//
//   accepts() ──> offered ── replaced, withdrawn ──> draining ── nothing runs any more ──> gone
//           └──> refused   until the file changes or goes; one for a taken name is in waiting() once it is free
#pragma once

#include "execution/plugin_choices.hpp"
#include "execution/plugin_runner.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// One version of a plugin, checked, not yet running.
struct plugin_source
{
    std::string file;   // where it was found; for a command: plugins.NAME, its place in the settings
    std::string path;   // its private copy; empty for a command
    std::string sha256; // of the file; of a command: of its program or script
    plugin_description description;
    plugin_choice choice;
};

struct started_plugin
{
    std::shared_ptr<plugin_runner> runner;
    std::string run;  // host, inline or command
    std::string note; // for people: why it runs otherwise than chosen; mostly empty
};

struct offered_plugin
{
    plugin_source source;
    started_plugin started;

    // As recorded with each result: name, version and SHA-256, with spaces between.
    std::string record() const;
};

// For lists.
struct plugin_row
{
    std::string file;
    std::string state;              // offered, draining, refused
    std::string code;               // of the refusal
    std::string reason;             // why refused or unhealthy, or a note
    std::string sha256;             // may be empty if refused
    std::string run;                // empty if refused
    plugin_description description; // empty where it is not known; its tasks are those that it is asked for
    plugin_counts counts;
};

class plugin_registry
{
public:
    // Called after every change of what is offered, until another one is set.
    void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

    // False if its name, or that of a task, function or scheme of it, belongs to another file: then it is refused, and
    // what its file offered before stays.
    bool accepts(plugin_source source);
    // A new version of what its file holds, after accepts(). The version offered before drains.
    void offer(plugin_source source, started_plugin started);
    // The newest content of file is not usable. What was offered before stays.
    void refuse(const std::string& file, failure why, std::string sha256 = {});
    // file holds again what is offered: a refusal of it is forgotten.
    void keep(const std::string& file) { refused_.erase(file); }
    // file is gone, or what it offers is not allowed any more.
    void withdraw(const std::string& file);
    // Everything; nothing is offered after it.
    void drain();

    // Forgets what has drained. True if there was something.
    bool clean();
    // Those that were refused for a name that is free now, for accepts() to be asked again.
    std::vector<plugin_source> waiting() const;
    bool is_draining() const { return !draining_.empty(); }
    bool is_done() const { return offered_.empty() && draining_.empty(); }

    using found = std::shared_ptr<const offered_plugin>;
    // The SHA-256 of the version that is offered for the file; empty if none is.
    std::string offered_hash(const std::string& file) const;
    // Null if there is none. Kept while it is used: it may be draining meanwhile.
    found by_name(std::string_view plugin) const;
    found by_task(std::string_view valuation_name) const;
    found by_function(std::string_view name) const;
    found by_scheme(std::string_view scheme) const;
    std::vector<found> offered() const;
    // The names of tasks that by_task() finds.
    std::vector<std::string> declared_tasks() const;

    // By file; offered, then refused, then draining.
    std::vector<plugin_row> list() const;
    // The private copies that are still of use.
    std::set<std::string> paths() const;

private:
    struct refusal
    {
        failure why;
        plugin_source source; // as far as it is known
        bool waits = false;   // for a name that is taken
    };

    const std::string* holder_of_a_name(const plugin_source& source) const;
    void add_names(const found& p);
    void retire(const std::string& file);

    std::map<std::string, found, std::less<>> offered_; // by file
    std::map<std::string, refusal> refused_;            // by file
    std::vector<found> draining_;
    // Whose they are; kind and name, such as "task bond".
    std::map<std::string, found, std::less<>> names_;
    std::function<void()> changed_ = [] {};
    bool closed_ = false;
};

} // namespace vn
