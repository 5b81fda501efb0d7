#include "core/log.hpp"

#include "core/json_text.hpp"
#include "core/time_text.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <unistd.h>

namespace vn::log {

namespace {

bool as_text = false;

spdlog::level::level_enum to_spdlog(level l)
{
    switch (l)
    {
    case level::trace:
        return spdlog::level::trace;
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warning:
        return spdlog::level::warn;
    case level::error:
        return spdlog::level::err;
    case level::off:
        return spdlog::level::off;
    }
    return spdlog::level::info;
}

std::string_view name_of(level l)
{
    constexpr std::string_view names[] = {"trace", "debug", "info", "warning", "error", "off"};
    return names[static_cast<std::size_t>(l)];
}

std::shared_ptr<spdlog::logger>& logger()
{
    static auto instance = [] {
        auto made = std::make_shared<spdlog::logger>("vnserver", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return instance;
}

void append_value(std::string& line, const field& f)
{
    constexpr std::size_t longest = 4096;
    struct
    {
        std::string& line;
        void operator()(std::string_view v) const { append_json_string(line, v.substr(0, longest)); }
        void operator()(long long v) const { line += std::to_string(v); }
        void operator()(bool v) const { line += v ? "true" : "false"; }
        void operator()(double v) const
        {
            if (!std::isfinite(v))
            {
                line += "null"; // JSON has no other word for it
                return;
            }
            char text[32];
            std::snprintf(text, sizeof text, "%.6g", v);
            line += text;
        }
    } append{line};
    std::visit(append, f.value);
}

} // namespace

bool parse_level(std::string_view name, level& out) noexcept
{
    for (auto l : {level::trace, level::debug, level::info, level::warning, level::error, level::off})
        if (name == name_of(l))
        {
            out = l;
            return true;
        }
    if (name != "warn")
        return false;
    out = level::warning;
    return true;
}

void start(level lowest, format how)
{
    as_text = how == format::text || (how == format::automatic && ::isatty(STDERR_FILENO) == 1);
    set_level(lowest);
}

void set_level(level lowest)
{
    logger()->set_level(to_spdlog(lowest));
}

bool enabled(level l)
{
    return logger()->should_log(to_spdlog(l));
}

void write(level l, std::string_view message, std::initializer_list<field> fields)
{
    if (!enabled(l))
        return;

    std::string line;
    const auto now = now_text();
    if (as_text)
    {
        line.append(now).append(" ").append(name_of(l)).append(" ").append(message);
        for (const auto& f : fields)
        {
            line.append(" ").append(f.name).append("=");
            append_value(line, f);
        }
    }
    else
    {
        line.append(R"({"time":")").append(now).append(R"(","level":")").append(name_of(l)).append(R"(","message":)");
        append_json_string(line, message);
        for (const auto& f : fields)
        {
            line += ',';
            append_json_string(line, f.name);
            line += ':';
            append_value(line, f);
        }
        line += '}';
    }
    logger()->log(to_spdlog(l), spdlog::string_view_t(line.data(), line.size()));
}

} // namespace vn::log
