// Where things are when nobody says where.
#pragma once

#include "app/settings.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace vn {

// The file that is used when none is named: etc/vnserver.info of the sources if program is in a build tree of theirs,
// else ../etc/vnserver/vnserver.info from the program's folder, else /etc/vnserver/vnserver.info; nothing if that is not
// there either.
std::optional<std::filesystem::path> find_settings_file(const std::filesystem::path& program);

// lib/vnserver/plugins beside the folder of the program; empty if it is not there.
std::string find_shipped_plugins(const std::filesystem::path& program);

// Empty if there is no place for it.
std::string default_data_dir(const environment& variables, bool is_root);

} // namespace vn
