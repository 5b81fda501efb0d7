#include "execution/plugin_registry.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <tuple>

namespace vn {

namespace {

std::string key(std::string_view kind, std::string_view name)
{
    return std::string(kind).append(" ").append(name);
}

std::vector<std::string> names_of(const plugin_source& source)
{
    const auto& p = source.description;
    std::vector<std::string> names{key("plugin", p.name)};
    for (const auto& task : source.choice.tasks.empty() ? p.tasks : source.choice.tasks)
        names.push_back(key("task", task));
    for (const auto& function : p.functions)
        names.push_back(key("function", function.name));
    for (const auto& scheme : p.schemes)
        names.push_back(key("scheme", scheme));
    return names;
}

plugin_row row_of(const offered_plugin& p, const char* state)
{
    const auto unhealthy = p.started.runner->unhealthy();
    auto description = p.source.description;
    if (!p.source.choice.tasks.empty())
        description.tasks = p.source.choice.tasks;
    return {.file = p.source.file,
            .state = state,
            .code = {},
            .reason = unhealthy.empty() ? p.started.note : unhealthy,
            .sha256 = p.source.sha256,
            .run = p.started.run,
            .description = std::move(description),
            .counts = p.started.runner->counts()};
}

} // namespace

std::string offered_plugin::record() const
{
    const auto& d = source.description;
    return d.name + " " + d.version + (source.sha256.empty() ? "" : " " + source.sha256);
}

bool plugin_registry::accepts(plugin_source source)
{
    if (closed_)
        return false;
    const auto* holder = holder_of_a_name(source);
    if (!holder)
        return true;
    const auto file = source.file;
    failure why{.code = "plugin-name-taken", .message = "name taken by " + *holder};
    log::warning("plugin refused", {{"file", file}, {"reason", why.message}});
    refused_[file] = {std::move(why), std::move(source), true};
    return false;
}

void plugin_registry::offer(plugin_source source, started_plugin started)
{
    const auto file = source.file;
    auto p = std::make_shared<const offered_plugin>(std::move(source), std::move(started));
    if (closed_)
    {
        p->started.runner->drain();
        draining_.push_back(std::move(p));
        return;
    }
    retire(file);
    refused_.erase(file);
    add_names(p);
    log::info("plugin offered", {{"file", file},
                                 {"plugin", p->source.description.name},
                                 {"version", p->source.description.version},
                                 {"sha256", p->source.sha256},
                                 {"run", p->started.run}});
    offered_.emplace(file, std::move(p));
    changed_();
}

void plugin_registry::refuse(const std::string& file, failure why, std::string sha256)
{
    if (closed_)
        return;
    auto& r = refused_[file];
    // Looked at again and again: told once.
    if (r.why != why)
        log::warning("plugin refused", {{"file", file}, {"code", why.code}, {"reason", why.message}});
    r = {std::move(why), {}, false};
    r.source.file = file;
    r.source.sha256 = std::move(sha256);
}

void plugin_registry::withdraw(const std::string& file)
{
    if (offered_.contains(file))
        log::info("plugin withdrawn", {{"file", file}});
    retire(file);
    refused_.erase(file);
    changed_();
}

void plugin_registry::drain()
{
    closed_ = true;
    while (!offered_.empty())
        retire(std::string(offered_.begin()->first));
    refused_.clear();
    changed_();
}

bool plugin_registry::clean()
{
    return std::erase_if(draining_, [](const found& p) { return p->started.runner->is_done(); }) > 0;
}

std::vector<plugin_source> plugin_registry::waiting() const
{
    std::vector<plugin_source> all;
    for (const auto& [file, r] : refused_)
        if (r.waits && !holder_of_a_name(r.source))
            all.push_back(r.source);
    return all;
}

// The file of another plugin that has one of the names.
const std::string* plugin_registry::holder_of_a_name(const plugin_source& source) const
{
    for (const auto& name : names_of(source))
        if (const auto holder = names_.find(name); holder != names_.end() && holder->second->source.file != source.file)
            return &holder->second->source.file;
    return nullptr;
}

void plugin_registry::add_names(const found& p)
{
    for (auto& name : names_of(p->source))
        names_[std::move(name)] = p;
}

void plugin_registry::retire(const std::string& file)
{
    const auto old = offered_.find(file);
    if (old == offered_.end())
        return;
    std::erase_if(names_, [&](const auto& entry) { return entry.second == old->second; });
    old->second->started.runner->drain();
    draining_.push_back(std::move(old->second));
    offered_.erase(old);
}

std::string plugin_registry::offered_hash(const std::string& file) const
{
    const auto p = offered_.find(file);
    return p == offered_.end() ? std::string() : p->second->source.sha256;
}

plugin_registry::found plugin_registry::by_name(std::string_view plugin) const
{
    const auto p = names_.find(key("plugin", plugin));
    return p == names_.end() ? nullptr : p->second;
}

plugin_registry::found plugin_registry::by_task(std::string_view valuation_name) const
{
    const auto p = names_.find(key("task", valuation_name));
    return p == names_.end() ? nullptr : p->second;
}

plugin_registry::found plugin_registry::by_function(std::string_view name) const
{
    const auto p = names_.find(key("function", name));
    return p == names_.end() ? nullptr : p->second;
}

plugin_registry::found plugin_registry::by_scheme(std::string_view scheme) const
{
    const auto p = names_.find(key("scheme", scheme));
    return p == names_.end() ? nullptr : p->second;
}

std::vector<plugin_registry::found> plugin_registry::offered() const
{
    std::vector<found> all;
    for (const auto& [file, p] : offered_)
        all.push_back(p);
    return all;
}

std::vector<std::string> plugin_registry::declared_tasks() const
{
    const auto prefix = key("task", {});
    std::vector<std::string> all;
    for (auto at = names_.lower_bound(prefix); at != names_.end() && at->first.starts_with(prefix); ++at)
        all.push_back(at->first.substr(prefix.size()));
    return all;
}

std::vector<plugin_row> plugin_registry::list() const
{
    std::vector<plugin_row> rows;
    for (const auto& [file, p] : offered_)
        rows.push_back(row_of(*p, "offered"));
    for (const auto& [file, r] : refused_)
        rows.push_back({.file = file,
                        .state = "refused",
                        .code = r.why.code,
                        .reason = r.why.message,
                        .sha256 = r.source.sha256,
                        .run = {},
                        .description = r.source.description,
                        .counts = {}});
    for (const auto& p : draining_)
        rows.push_back(row_of(*p, "draining"));
    std::ranges::sort(rows, {}, [](const plugin_row& row) {
        return std::tuple(row.file, row.state == "offered" ? 0 : row.state == "refused" ? 1 : 2, row.sha256);
    });
    return rows;
}

std::set<std::string> plugin_registry::paths() const
{
    std::set<std::string> all;
    for (const auto& [file, p] : offered_)
        all.insert(p->source.path);
    for (const auto& [file, r] : refused_)
        if (r.waits)
            all.insert(r.source.path);
    for (const auto& p : draining_)
        all.insert(p->source.path);
    return all;
}

} // namespace vn
