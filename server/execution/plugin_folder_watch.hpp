// Tells that something happens in folders, by inotify. It may miss things (network file systems, a full queue): who
// uses it looks again from time to time. I/O thread only.
#pragma once

#include "core/async.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vn {

class plugin_folder_watch
{
public:
    // Works without inotify too: then only the limit of changes() ends a wait.
    plugin_folder_watch(asio::any_io_executor ex, std::vector<std::string> folders);

    // Folders that are not watched, because they were not there or were replaced, are tried again.
    void renew();

    // Waits until something happens, the limit passes or the waiter is cancelled. Gives the files that were written to
    // and then closed, or moved to their name.
    awaitable<std::set<std::string>> changes(clock::duration limit);

private:
    void take_events(const char* data, std::size_t size, std::set<std::string>& complete);

    std::vector<std::string> folders_;
    asio::posix::stream_descriptor inotify_;
    std::map<int, std::string> watched_; // by watch
};

} // namespace vn
