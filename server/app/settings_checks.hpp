// What must hold between settings that are each right by themselves.
#pragma once

#include "app/settings.hpp"

#include <string>
#include <vector>

namespace vn {

struct settings_verdict
{
    std::vector<std::string> mistakes;
    std::vector<std::string> warnings;
};

settings_verdict check_settings(const settings& values);

} // namespace vn
