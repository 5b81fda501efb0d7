#include "execution/plugin_folder_watch.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>

#include <algorithm>
#include <cstring>
#include <sys/inotify.h>

namespace vn {

namespace {

// IN_ATTRIB: who may write to a file is part of what is judged.
constexpr std::uint32_t of_interest = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

} // namespace

plugin_folder_watch::plugin_folder_watch(asio::any_io_executor ex, std::vector<std::string> folders)
    : folders_(std::move(folders)), inotify_(ex)
{
    if (const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC); fd >= 0)
    {
        inotify_.assign(fd);
        inotify_.non_blocking(true); // else read_some() waits by itself
    }
    renew();
}

void plugin_folder_watch::renew()
{
    if (!inotify_.is_open())
        return;
    for (const auto& folder : folders_)
    {
        // Gives the same watch again for the same folder; another one if another folder has this name now.
        const int watch = ::inotify_add_watch(inotify_.native_handle(), folder.c_str(), of_interest);
        if (watch < 0)
            continue;
        std::erase_if(watched_, [&](const auto& w) {
            const bool replaced = w.second == folder && w.first != watch;
            if (replaced)
                ::inotify_rm_watch(inotify_.native_handle(), w.first);
            return replaced;
        });
        watched_[watch] = folder;
    }
}

void plugin_folder_watch::take_events(const char* data, std::size_t size, std::set<std::string>& complete)
{
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;)
    {
        inotify_event event{};
        std::memcpy(&event, data + at, sizeof event);
        const char* const name = data + at + sizeof event;
        at += sizeof event + event.len;
        const auto folder = watched_.find(event.wd);
        if (folder == watched_.end())
            continue;
        if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0 && event.len > 0)
            complete.insert(folder->second + "/" + std::string(name, ::strnlen(name, event.len)));
        if ((event.mask & IN_IGNORED) != 0)
            watched_.erase(folder);
    }
}

awaitable<std::set<std::string>> plugin_folder_watch::changes(clock::duration limit)
{
    std::set<std::string> complete;
    if (!inotify_.is_open())
    {
        co_await pause_for(limit);
        co_return complete;
    }
    alignas(inotify_event) char buffer[16 << 10];
    auto [ec, n] = co_await inotify_.async_read_some(asio::buffer(buffer), asio::cancel_after(limit, as_result));
    while (!ec && n > 0)
    {
        take_events(buffer, n, complete);
        n = inotify_.read_some(asio::buffer(buffer), ec);
    }
    co_return complete;
}

} // namespace vn
