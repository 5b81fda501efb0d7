// Takes plugins from folders while the server runs (R33, R34, R35): looks when something happens there and from time to
// time, copies what is complete and allowed, has it opened in a process that may die, and offers it to the registry.
// I/O thread only.
//
//   what happens to a file                        what becomes of it
//   new, or another content                       offered; the version before drains, once this one is accepted
//   bad, half, not allowed, or not to be opened   refused, and why; the version before stays; tried again when changed
//   touched, replaced by equal content            nothing
//   removed                                       its version drains
//   the whole folder missing, unreadable, or      everything stays as it is, and there is a warning
//   unmounted (empty and on another device)
#pragma once

#include "core/async.hpp"
#include "execution/plugin_file.hpp"
#include "execution/plugin_file_copies.hpp"
#include "execution/plugin_folder_watch.hpp"
#include "execution/plugin_registry.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vn {

class plugin_folder
{
public:
    // What a file says of itself when it is given these settings, found out where it can do no harm.
    using describer = std::function<awaitable<result<plugin_description, failure>>(
        std::string file, std::map<std::string, std::string> settings)>;

    // Makes it ready to be called.
    using starter = std::function<awaitable<result<started_plugin, failure>>(const plugin_source& source)>;

    // pool: for reading and copying. Everything given outlives run(). Throws std::runtime_error if there is no place
    // for private copies.
    plugin_folder(asio::any_io_executor ex, asio::thread_pool& pool, plugin_registry& registry, describer describe,
                  starter start, plugin_folder_settings settings, const plugin_choices& choices);

    // Until cancelled; terminal ends it at once.
    awaitable<void> run();

    // Everything that was there at the start has been judged.
    bool first_look_done() const { return first_look_done_; }

    // Starts it and offers it, unless somebody else has one of its names.
    awaitable<void> offer(plugin_source source);

    // What is wrong with the folders and the list now, one sentence each.
    std::vector<std::string> warnings() const;

private:
    struct known_file
    {
        file_stamp stamp;
        clock::time_point since; // the stamp has been this one
        bool complete = false;   // its end of writing was seen
        bool done = false;       // judged with this stamp
        bool again = false;      // refused for what may pass without a change of the file
    };
    struct folder_state
    {
        std::string path;
        std::uint64_t device = 0;
        std::optional<failure> problem;
    };

    // False if a file still has to settle.
    awaitable<bool> look();
    awaitable<bool> look_into(folder_state& folder);
    awaitable<void> read_allow_list();
    awaitable<void> take(const std::string& file, known_file& known);
    awaitable<result<plugin_description, failure>> describe(const std::string& file, const std::string& copy);
    plugin_choice choice_of(const std::string& plugin) const;
    void forget_missing(const folder_state& folder, const folder_listing& seen);
    bool is_settled(known_file& known, const file_stamp& stamp) const;
    bool is_allowed(const std::string& sha256) const;
    void warn(folder_state& folder, std::optional<failure> problem) const;

    asio::thread_pool& pool_;
    plugin_registry& registry_;
    const describer describe_;
    const starter start_;
    const plugin_folder_settings settings_;
    const plugin_choices& choices_;
    const plugin_copies copies_;
    std::vector<folder_state> folders_;
    plugin_folder_watch watch_;
    std::map<std::string, known_file> files_;
    std::optional<std::set<std::string>> allowed_; // nothing: all are
    std::optional<failure> list_problem_;
    bool first_look_done_ = false;
};

} // namespace vn
