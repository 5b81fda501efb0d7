// Which plugins are mapped into the server itself. A library is never unloaded, so their number is bounded (R27).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace vn {

// One for the server; outlives all inline runners. I/O thread only, but for the locks it hands out.
class mapped_plugins
{
public:
    // Versions of one plugin in a server's life.
    static constexpr std::size_t most = 8;

    std::size_t count(const std::string& name) const
    {
        const auto found = plugins_.find(name);
        return found == plugins_.end() ? 0 : found->second.count;
    }
    bool may_map(const std::string& name) const { return count(name) < most; }
    void add(const std::string& name) { ++plugins_[name].count; }

    // Held by whoever is in a call of a VN_SERIAL plugin of that name, whatever its version.
    std::shared_ptr<std::timed_mutex> serial_lock(const std::string& name)
    {
        auto& lock = plugins_[name].serial;
        if (!lock)
            lock = std::make_shared<std::timed_mutex>();
        return lock;
    }

private:
    struct entry
    {
        std::size_t count = 0;
        std::shared_ptr<std::timed_mutex> serial;
    };
    std::map<std::string, entry> plugins_;
};

} // namespace vn
