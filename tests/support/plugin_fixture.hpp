// A host for one plugin file: loads it as the server does, calls it through the C contract alone, keeps what it says.
// Calls may come from several threads at once.
#pragma once

#include <vn/plugin.h>

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vn::test {

struct answer
{
    vn_status status = VN_FAILED;
    std::string text;   // what was written
    std::string reason; // the last one given
};

inline std::string_view view_of(vn_bytes bytes)
{
    return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

inline vn_bytes bytes_of(std::string_view text)
{
    return {text.data(), text.size()};
}

class loaded_plugin
{
    struct closer
    {
        void operator()(void* library) const { dlclose(library); }
    };

    // What one vn_call points back to.
    struct call_state
    {
        answer given;
        bool cancelled;
        std::size_t limit;
    };

    std::map<std::string, std::string, std::less<>> settings_;
    std::mutex mutex_;
    std::vector<std::string> logged_;
    std::unique_ptr<void, closer> library_;
    const vn_plugin* plugin_ = nullptr;
    vn_host host_{};
    vn_instance* instance_ = nullptr;

    static loaded_plugin& self(const vn_host* host) { return *static_cast<loaded_plugin*>(host->impl); }
    static call_state& state(const vn_call* call) { return *static_cast<call_state*>(call->impl); }

    void fill_host()
    {
        host_.struct_size = sizeof host_;
        host_.abi_major = VN_ABI_MAJOR;
        host_.abi_minor = VN_ABI_MINOR;
        host_.impl = this;
        host_.log = [](const vn_host* host, std::int32_t, vn_bytes text) {
            const std::lock_guard lock(self(host).mutex_);
            self(host).logged_.emplace_back(view_of(text));
        };
        host_.setting = [](const vn_host* host, const char* key) -> vn_bytes {
            const auto found = self(host).settings_.find(std::string_view(key));
            return found == self(host).settings_.end() ? vn_bytes{nullptr, 0} : bytes_of(found->second);
        };
    }

    static vn_call make_call(call_state& state, std::string_view name, std::string_view payload)
    {
        vn_call call{};
        call.struct_size = sizeof call;
        call.attempt = 1;
        call.task_number = 1;
        call.deadline_ms = -1;
        call.impl = &state;
        call.name = bytes_of(name);
        call.payload = bytes_of(payload);
        call.cancelled = [](const vn_call* c) -> std::int32_t { return loaded_plugin::state(c).cancelled; };
        call.time_left = [](const vn_call*) -> std::int64_t { return -1; };
        call.write = [](vn_call* c, vn_bytes chunk) -> vn_status {
            auto& at = loaded_plugin::state(c);
            if (at.given.text.size() + chunk.size > at.limit)
                return VN_FAILED;
            at.given.text += view_of(chunk);
            return VN_OK;
        };
        call.fail = [](vn_call* c, vn_bytes reason) { loaded_plugin::state(c).given.reason = view_of(reason); };
        call.progress = [](vn_call*, double, vn_bytes) {};
        return call;
    }

public:
    std::size_t limit = 64u << 20; // of an answer
    bool cancelled = false;        // what calls are told

    explicit loaded_plugin(const char* file, std::map<std::string, std::string, std::less<>> settings = {})
        : settings_(std::move(settings))
    {
        library_.reset(dlopen(file, RTLD_NOW | RTLD_LOCAL));
        if (!library_)
            throw std::runtime_error(dlerror());
        const auto entry = reinterpret_cast<const vn_plugin* (*)()>(dlsym(library_.get(), "vn_plugin_entry"));
        if (!entry)
            throw std::runtime_error("no vn_plugin_entry");
        plugin_ = entry();
        fill_host();
        instance_ = plugin_->create(&host_);
        if (!instance_)
            throw std::runtime_error("create: " + (logged_.empty() ? std::string("no reason") : logged_.back()));
    }
    loaded_plugin(const loaded_plugin&) = delete;
    loaded_plugin& operator=(const loaded_plugin&) = delete;
    ~loaded_plugin()
    {
        if (instance_)
            plugin_->destroy(instance_);
    }

    const vn_plugin& table() const { return *plugin_; }
    const void* capability(const char* id) const { return plugin_->capability(instance_, id); }
    const vn_task* task() const { return static_cast<const vn_task*>(capability(VN_TASK)); }
    const vn_functions* functions() const { return static_cast<const vn_functions*>(capability(VN_FUNCTION)); }

    const vn_function* function(std::string_view name) const
    {
        for (std::uint32_t i = 0; i < functions()->count; ++i)
            if (name == functions()->functions[i]->name)
                return functions()->functions[i];
        return nullptr;
    }

    answer run(std::string_view name, std::string_view payload) const
    {
        call_state state{{}, cancelled, limit};
        auto call = make_call(state, name, payload);
        state.given.status = task()->run(instance_, &call);
        return std::move(state.given);
    }

    // The count of arguments is checked against the declaration first, as the host does.
    answer call(std::string_view name, const std::vector<std::string>& arguments) const
    {
        const auto* const row = function(name);
        if (!row)
            return {VN_INVALID, "", "no function " + std::string(name)};

        std::size_t least = 0;
        bool any = false;
        for (std::uint32_t i = 0; i < row->argument_count; ++i)
        {
            least += !(row->arguments[i].flags & VN_ARGUMENT_OPTIONAL);
            any |= (row->arguments[i].flags & VN_ARGUMENT_REPEATED) != 0;
        }
        if (arguments.size() < least || (!any && arguments.size() > row->argument_count))
            return {VN_INVALID, "", "wrong number of arguments"};
        return call_unchecked(*row, arguments);
    }

    // Whatever the count.
    answer call_unchecked(const vn_function& row, const std::vector<std::string>& arguments) const
    {
        std::vector<vn_bytes> given;
        for (const auto& each : arguments)
            given.push_back(bytes_of(each));
        call_state state{{}, cancelled, limit};
        auto raw = make_call(state, row.name, {});
        state.given.status = row.call(instance_, &row, &raw, given.data(), static_cast<std::uint32_t>(given.size()));
        return std::move(state.given);
    }
};

// The dynamic symbols that file defines, without versions.
inline std::vector<std::string> exported_symbols(const std::string& file)
{
    struct closer
    {
        void operator()(std::FILE* pipe) const { pclose(pipe); }
    };
    const std::unique_ptr<std::FILE, closer> pipe(popen(("nm -D --defined-only '" + file + "'").c_str(), "r"));
    if (!pipe)
        throw std::runtime_error("cannot run nm");

    std::vector<std::string> names;
    char line[4096];
    while (std::fgets(line, sizeof line, pipe.get()))
    {
        std::string_view name(line);
        name = name.substr(0, name.find_first_of("\r\n"));
        name = name.substr(name.rfind(' ') + 1);
        names.emplace_back(name.substr(0, name.find('@')));
    }
    return names;
}

} // namespace vn::test
