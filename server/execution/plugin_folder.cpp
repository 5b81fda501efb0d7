#include "execution/plugin_folder.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace vn {

namespace {

// A file that was last changed this long ago is not being written to.
constexpr auto old_enough = std::chrono::seconds(2);

std::vector<std::string> given(std::initializer_list<std::string> folders)
{
    std::vector<std::string> out;
    for (const auto& folder : folders)
        if (!folder.empty())
            out.push_back(folder);
    return out;
}

bool is_old(const file_stamp& stamp)
{
    const auto now =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
    const auto newest = std::chrono::nanoseconds(std::max(stamp.modified_ns, stamp.changed_ns));
    return newest < now - old_enough;
}

// What may be otherwise next time although the file is the same.
bool may_pass(const failure& f)
{
    return f.code == "plugin-not-copied" || f.code == "plugin-unreadable" || f.code == "plugin-unavailable";
}

} // namespace

plugin_folder::plugin_folder(asio::any_io_executor ex, asio::thread_pool& pool, plugin_registry& registry,
                             describer describe, starter start, plugin_folder_settings settings,
                             const plugin_choices& choices)
    : pool_(pool), registry_(registry), describe_(std::move(describe)), start_(std::move(start)),
      settings_(std::move(settings)), choices_(choices), copies_(settings_.copies),
      watch_(ex, given({settings_.shipped, settings_.dropped}))
{
    for (auto& path : given({settings_.shipped, settings_.dropped}))
        folders_.push_back({std::move(path), 0, std::nullopt});
}

std::vector<std::string> plugin_folder::warnings() const
{
    std::vector<std::string> all;
    for (const auto& folder : folders_)
        if (folder.problem)
            all.push_back(folder.path + ": " + folder.problem->message);
    if (list_problem_)
        all.push_back(list_problem_->message);
    return all;
}

awaitable<void> plugin_folder::run()
{
    const auto stop = co_await graceful();
    while (!stopping(stop))
    {
        const bool settled = co_await look();
        if (settled)
            first_look_done_ = true;
        if (stopping(stop))
            break;
        const bool soon = !settled || registry_.is_draining();
        auto complete = co_await watch_.changes(soon ? std::min(settings_.settle, settings_.rescan) : settings_.rescan);
        for (const auto& file : complete)
        {
            auto& known = files_[file];
            known.complete = true;
            known.done = false;
        }
        watch_.renew();
    }
}

awaitable<bool> plugin_folder::look()
{
    co_await read_allow_list();
    bool settled = true;
    for (auto& folder : folders_)
    {
        const bool all = co_await look_into(folder);
        settled = settled && all;
    }
    const bool forgotten = registry_.clean();
    for (auto& source : registry_.waiting())
        co_await offer(std::move(source));
    if (forgotten)
        co_await on_pool(pool_, [this, in_use = registry_.paths()] {
            copies_.blocking_sweep(in_use);
            return true;
        });
    co_return settled;
}

awaitable<bool> plugin_folder::look_into(folder_state& folder)
{
    const auto stop = co_await asio::this_coro::cancellation_state;
    const auto seen = co_await on_pool(pool_, [&] { return blocking_list_plugins(folder.path); });
    const bool readable = !seen.problem || seen.problem->code != "plugin-folder";
    const bool unmounted = seen.files.empty() && folder.device != 0 && seen.device != folder.device;
    if (!readable || unmounted)
    {
        warn(folder, unmounted && readable ? failure{.code = "plugin-folder",
                                                     .message = "the folder is empty and on another device: unmounted?"}
                                           : seen.problem);
        co_return true;
    }
    warn(folder, seen.problem);
    folder.device = seen.device;
    forget_missing(folder, seen);

    bool settled = true;
    for (const auto& [file, stamp] : seen.files)
    {
        if (stopping(stop))
            break;
        auto& known = files_[file];
        if (known.done && !known.again && known.stamp == stamp)
            continue;
        if (seen.problem)
            registry_.refuse(file, *seen.problem);
        else if (is_settled(known, stamp))
            co_await take(file, known);
        else
            settled = false;
        settled = settled && (known.done || seen.problem);
    }
    co_return settled;
}

bool plugin_folder::is_settled(known_file& known, const file_stamp& stamp) const
{
    if (known.stamp != stamp)
    {
        known.stamp = stamp;
        known.since = clock::now();
        known.done = false;
    }
    return std::exchange(known.complete, false) || is_old(stamp) || clock::now() - known.since >= settings_.settle;
}

void plugin_folder::forget_missing(const folder_state& folder, const folder_listing& seen)
{
    std::erase_if(files_, [&](const auto& entry) {
        const auto& file = entry.first;
        const bool gone = file.size() > folder.path.size() && file.starts_with(folder.path) &&
                          file.rfind('/') == folder.path.size() && !seen.files.contains(file);
        if (gone)
            registry_.withdraw(file);
        return gone;
    });
}

awaitable<void> plugin_folder::take(const std::string& file, known_file& known)
{
    auto copy =
        co_await on_pool(pool_, [&] { return blocking_copy_plugin(file, copies_.folder(), settings_.max_bytes); });
    if (!copy && copy.error().code == "plugin-changing")
    {
        known.since = clock::now();
        co_return;
    }
    known.done = true;
    known.again = !copy && may_pass(copy.error());
    if (!copy)
        co_return registry_.refuse(file, copy.error());
    if (!is_allowed(copy->sha256))
        co_return registry_.refuse(
            file, {.code = "plugin-not-allowed", .message = "its SHA-256 is not in the list of allowed plugins"},
            copy->sha256);
    if (registry_.offered_hash(file) == copy->sha256)
        co_return registry_.keep(file);

    auto description = co_await describe(file, copy->path);
    known.again = !description && may_pass(description.error());
    if (!description)
        co_return registry_.refuse(file, description.error(), copy->sha256);
    auto choice = choice_of(description->name);
    co_await offer({.file = file,
                    .path = copy->path,
                    .sha256 = copy->sha256,
                    .description = std::move(*description),
                    .choice = std::move(choice)});
}

awaitable<void> plugin_folder::offer(plugin_source source)
{
    if (!registry_.accepts(source))
        co_return;
    auto started = co_await start_(source);
    if (started)
        registry_.offer(std::move(source), std::move(*started));
    else
        registry_.refuse(source.file, started.error(), source.sha256);
}

// Its settings are found by its name, which it has to be asked for; until then the file's name stands for it.
awaitable<result<plugin_description, failure>> plugin_folder::describe(const std::string& file, const std::string& copy)
{
    const auto guess = choice_of(std::filesystem::path(file).stem());
    auto description = co_await describe_(copy, guess.settings);
    if (!description)
        co_return description;
    const auto right = choice_of(description->name);
    if (right.settings != guess.settings)
        description = co_await describe_(copy, right.settings);
    co_return description;
}

plugin_choice plugin_folder::choice_of(const std::string& plugin) const
{
    const auto choice = choices_.find(plugin);
    // One with a command is another plugin, whatever the file's is called.
    return choice == choices_.end() || !choice->second.command.empty() ? plugin_choice{} : choice->second;
}

awaitable<void> plugin_folder::read_allow_list()
{
    if (settings_.allow_list.empty())
        co_return;
    auto list = co_await on_pool(pool_, [&] { return blocking_read_allow_list(settings_.allow_list); });
    if (!list)
    {
        if (list_problem_ != list.error())
            log::warning("no new plugins are taken", {{"reason", list.error().message}});
        list_problem_ = list.error();
        // What is offered was allowed once; nothing new is until the list can be read.
        if (!allowed_)
            allowed_.emplace();
        co_return;
    }
    list_problem_.reset();
    std::set<std::string> now(list->begin(), list->end());
    if (allowed_ == now)
        co_return;
    allowed_ = std::move(now);
    for (auto& [file, known] : files_)
        known.again = true;
    for (const auto& p : registry_.offered())
        if (!p->source.path.empty() && !is_allowed(p->source.sha256))
            registry_.withdraw(p->source.file);
}

bool plugin_folder::is_allowed(const std::string& sha256) const
{
    return settings_.allow_list.empty() || (allowed_ && allowed_->contains(sha256));
}

void plugin_folder::warn(folder_state& folder, std::optional<failure> problem) const
{
    if (problem && problem != folder.problem)
        log::warning("plugin folder", {{"folder", folder.path}, {"reason", problem->message}});
    folder.problem = std::move(problem);
}

} // namespace vn
