// The private folders scripts run in: one for each that runs at once, emptied between two tasks and not made anew
// (R26). Layout, below the folder of the settings:
//
//   0.lock  0/        of the first server that uses the folder
//           0/1/ ...  of the scripts
//   1.lock  1/        of a second server on the same folder
#pragma once

#include "core/error.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vn {

class script_folders
{
public:
    // One private folder. Give it back, or it is made anew next time.
    struct folder
    {
        std::string path;
        int fd = -1;
    };

    // Makes what is missing, takes a part that no living server has, and kills and removes what a dead one left in
    // it. Throws std::runtime_error with the reason if there is no place to work in.
    explicit script_folders(const std::string& base);
    script_folders(const script_folders&) = delete;
    ~script_folders();

    // An empty one, mode 0700.
    result<folder> take();
    // Makes it what it was when it was taken: empties it, following no link, and sets its mode. Blocking; any thread.
    // False if that cannot be done: it was moved, or holds more than is removed at once.
    static bool blocking_restore(const folder& f);
    // For the next task; one that was not restored is left behind until the next start.
    void give_back(folder f, bool restored);

private:
    std::string base_;
    int lock_ = -1;
    int made_ = 0;
    std::vector<folder> free_;
};

} // namespace vn
