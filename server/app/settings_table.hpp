// The table of settings: each one is declared once, in settings_table.cpp.
#pragma once

#include "app/settings.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct setting
{
    std::string path;    // section.key, as in the file
    std::string about;   // one line for people
    std::string expects; // kind, unit and range
    std::string alias;   // environment name of its own beside the one by rule; mostly empty
    bool secret = false; // neither printed nor quoted in a message

    // False if text is not what the setting expects; then nothing is changed. Relative paths are below folder.
    std::function<bool(settings&, std::string_view text, const std::filesystem::path& folder)> assign;
    // As it would be written in the file, before quoting.
    std::function<std::string(const settings&)> text;

    // The path in capitals with VN_ and _ (R35).
    std::string variable() const;
};

std::vector<setting> plugin_settings_rows();
std::vector<setting> event_settings_rows();

// In the order of the file: settings of one section stand together.
const std::vector<setting>& all_settings();

} // namespace vn
