// What the embedded Redis has on disk, and who may use it. Layout:
//
//   <data>/lock               held as long as the server lives; the id of its process
//   <data>/redis/             0700: append-only files, redis.pid, redis.log
//   <data>/redis/redis.sock   or, where that name is too long for a socket, in a private folder in /tmp to which
//   <data>/redis/short        points
#pragma once

#include "core/error.hpp"

#include <string>
#include <sys/types.h>

namespace vn {

class redis_folder
{
public:
    explicit redis_folder(std::string data_dir) : data_dir_(std::move(data_dir)) {}
    redis_folder(const redis_folder&) = delete;
    // Removes socket and short folder, and gives back the lock.
    ~redis_folder() { leave(); }

    // Makes the folders and tries to take the lock. Codes: data-folder, data-folder-in-use (may be tried again: the
    // other one may just be ending).
    result<void, failure> enter();
    // Chooses the place of the socket and removes what a killed server left there. Only after enter().
    result<void, failure> make_room_for_socket();
    void leave();

    const std::string& path() const noexcept { return path_; }
    const std::string& socket() const noexcept { return socket_; }
    std::string pid_file() const { return path_ + "/redis.pid"; }

    // The process that still works on this folder, by pid file or socket; 0: none.
    pid_t occupant() const;

    // For writing at its end; the caller closes it. -1 on failure. Starts a new file when the old one is large.
    int open_log() const;
    // Empties the log if it is large. For a writer that appends.
    void bound_log() const;
    // What was written last, as one line.
    std::string last_words() const;

private:
    std::string data_dir_;
    std::string path_;
    std::string socket_;
    std::string short_folder_;
    int lock_ = -1;
};

} // namespace vn
