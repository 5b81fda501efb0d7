#include "core/time_text.hpp"

#include <cstdio>
#include <ctime>

namespace vn {

std::string time_text(std::chrono::system_clock::time_point t)
{
    using namespace std::chrono;
    const auto since = duration_cast<milliseconds>(t.time_since_epoch()).count();
    const std::time_t seconds = static_cast<std::time_t>(since / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(since % 1000));
    return text;
}

} // namespace vn
