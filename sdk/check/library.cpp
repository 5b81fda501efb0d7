#include "check/library.hpp"

#include "check/table.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <stdexcept>

namespace vn::check {

const vn_plugin* load(const std::string& file)
{
    const auto library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        throw std::runtime_error(dlerror());
    const auto symbol = dlsym(library, "vn_plugin_entry");
    if (!symbol)
        throw std::runtime_error("no symbol vn_plugin_entry");
    const auto plugin = reinterpret_cast<decltype(&vn_plugin_entry)>(symbol)();
    if (const auto reason = why_not(plugin); !reason.empty())
        throw std::runtime_error(reason);
    return plugin;
}

plugin_instance::plugin_instance(const vn_plugin* plugin, const options& chosen) : plugin_(plugin), options_(chosen)
{
    host_.struct_size = sizeof host_;
    host_.abi_major = VN_ABI_MAJOR;
    host_.abi_minor = VN_ABI_MINOR;
    host_.impl = this;
    host_.log = &on_log;
    host_.setting = &on_setting;

    instance_ = plugin_->create(&host_);
    if (!instance_)
        throw std::runtime_error("create() gives no instance: " +
                                 (last_error_.empty() ? "and logs no error that says why" : last_error_));

    task = static_cast<const vn_task*>(capability(VN_TASK));
    functions = static_cast<const vn_functions*>(capability(VN_FUNCTION));
    fetcher = static_cast<const vn_fetcher*>(capability(VN_FETCHER));
    std::string reason;
    if (!task && !functions && !fetcher)
        reason = "offers nothing: no task, no functions, no fetcher";
    if (task && reason.empty())
        reason = why_not(task);
    if (functions && reason.empty())
        reason = why_not(functions);
    if (fetcher && reason.empty())
        reason = why_not(fetcher);
    if (!reason.empty())
        throw std::runtime_error(reason);
}

void plugin_instance::on_log(const vn_host* host, std::int32_t level, vn_bytes text)
{
    auto& me = *static_cast<plugin_instance*>(host->impl);
    if (level < VN_LOG_ERROR || text.size == 0 || !text.data)
        return;
    const std::lock_guard lock(me.mutex_);
    me.last_error_.assign(text.data, text.size < 4096 ? text.size : 4096);
}

vn_bytes plugin_instance::on_setting(const vn_host* host, const char* key)
{
    const auto& settings = static_cast<plugin_instance*>(host->impl)->options_.settings;
    const auto found = key ? settings.find(key) : settings.end();
    return found == settings.end() ? vn_bytes{nullptr, 0} : vn_bytes{found->second.data(), found->second.size()};
}

std::string plugin_instance::task_name() const
{
    if (!options_.task_name.empty())
        return options_.task_name;
    return task && task->name_count > 0 ? task->names[0] : "valuation";
}

vn_status plugin_instance::run(recorded_call& call) const
{
    const auto status = task->run(instance_, call.begin());
    call.end();
    return status;
}

vn_status plugin_instance::apply(const vn_function& function, recorded_call& call,
                                 const std::vector<std::string>& arguments) const
{
    std::vector<vn_bytes> views;
    for (const auto& each : arguments)
        views.push_back({each.data(), each.size()});
    const auto status =
        function.call(instance_, &function, call.begin(), views.data(), static_cast<std::uint32_t>(views.size()));
    call.end();
    return status;
}

vn_status plugin_instance::fetch(recorded_call& call, std::string_view uri) const
{
    const auto status = fetcher->fetch(instance_, call.begin(), {uri.data(), uri.size()});
    call.end();
    return status;
}

} // namespace vn::check
