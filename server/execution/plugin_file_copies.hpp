// The private folder of copied plugins. Locked: two servers on one data folder have one each.
#pragma once

#include <set>
#include <string>

namespace vn {

class plugin_copies
{
public:
    // Empties it of what an earlier server left. Throws std::runtime_error with the reason if there is no place.
    explicit plugin_copies(const std::string& base);
    plugin_copies(const plugin_copies&) = delete;
    ~plugin_copies();

    const std::string& folder() const { return folder_; }
    // Removes all but these. Who has one mapped keeps it. Blocking; any thread, one at a time.
    void blocking_sweep(const std::set<std::string>& in_use) const;

private:
    std::string folder_;
    int lock_ = -1;
};

} // namespace vn
