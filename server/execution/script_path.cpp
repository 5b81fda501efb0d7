#include "execution/script_path.hpp"

#include <filesystem>

namespace vn {

std::string find_script(const std::string& name)
{
    namespace fs = std::filesystem;
    if (name.starts_with('/'))
        return name;
    std::error_code ignored;
    const auto beside = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const char* place : {".", "../share/vnserver", "../../../scripts"})
        if (const auto path = (beside / place / name).lexically_normal(); fs::is_regular_file(path, ignored))
            return path;
    return (beside / name).lexically_normal();
}

} // namespace vn
