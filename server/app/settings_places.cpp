#include "app/settings_places.hpp"

namespace vn {

namespace fs = std::filesystem;

std::optional<fs::path> find_settings_file(const fs::path& program)
{
    std::error_code ec;
    // <sources>/build/<preset>/bin/<program>, or <prefix>/bin/<program>
    const auto above = fs::weakly_canonical(program, ec).parent_path().parent_path();
    if (fs::exists(above / "CMakeCache.txt", ec))
        if (const auto file = above.parent_path().parent_path() / "etc/vnserver.info"; fs::exists(file, ec))
            return file;
    // Installed anywhere.
    if (const auto file = above / "etc/vnserver/vnserver.info"; fs::exists(file, ec))
        return file;
    if (const fs::path file = "/etc/vnserver/vnserver.info"; fs::exists(file, ec))
        return file;
    return {};
}

std::string find_shipped_plugins(const fs::path& program)
{
    std::error_code ec;
    const auto prefix = fs::weakly_canonical(program, ec).parent_path().parent_path();
    const auto folder = prefix / "lib/vnserver/plugins";
    return fs::is_directory(folder, ec) ? folder.string() : std::string();
}

std::string default_data_dir(const environment& variables, bool is_root)
{
    const auto folder = [&](std::string_view name) {
        const auto found = variables.find(name);
        // The XDG specification has relative ones ignored.
        return found != variables.end() && found->second.starts_with('/') ? found->second : std::string();
    };
    if (is_root)
        return "/var/lib/vnserver";
    if (const auto state = folder("XDG_STATE_HOME"); !state.empty())
        return state + "/vnserver";
    if (const auto home = folder("HOME"); !home.empty())
        return home + "/.local/state/vnserver";
    return {};
}

} // namespace vn
