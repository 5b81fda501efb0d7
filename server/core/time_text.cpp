#include "core/time_text.hpp"

#include <cstdio>
#include <ctime>

namespace vn {

std::string time_text(std::chrono::system_clock::time_point t)
{
    using namespace std::chrono;
    const auto since = floor<milliseconds>(t.time_since_epoch());
    const auto whole = floor<std::chrono::seconds>(since);
    const std::time_t seconds = static_cast<std::time_t>(whole.count());
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>((since - whole).count()));
    return text;
}

std::string now_text()
{
    return time_text(std::chrono::system_clock::now());
}

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) noexcept
{
    using namespace std::chrono;
    // 2026-01-31T12:00:00[.digits]Z
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
    if (text.size() < form.size() + 1 || text.back() != 'Z')
        return std::nullopt;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
            return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t digits) {
        int n = 0;
        for (std::size_t i = at; i < at + digits; ++i)
            n = n * 10 + (text[i] - '0');
        return n;
    };
    auto rest = text.substr(form.size(), text.size() - form.size() - 1);
    milliseconds part{0};
    if (!rest.empty())
    {
        if (rest[0] != '.' || rest.size() < 2)
            return std::nullopt;
        int unit = 100;
        for (const char c : rest.substr(1))
        {
            if (!is_digit(c))
                return std::nullopt;
            part += milliseconds((c - '0') * unit);
            unit /= 10;
        }
    }
    const year_month_day day{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                             std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60)
        return std::nullopt;
    return sys_days(day) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2)) + part;
}

} // namespace vn
