// One line for each thing worth telling: JSON objects, or text on a terminal. Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace vn::log {

enum class level
{
    trace,
    debug,
    info,
    warning,
    error,
    off
};

enum class format
{
    automatic, // text on a terminal, else JSON
    json,
    text
};

// Names as in the settings: trace, debug, info, warning (warn), error, off.
bool parse_level(std::string_view name, level& out) noexcept;

void start(level lowest, format how);
void set_level(level lowest);
bool enabled(level l);

struct field
{
    std::string_view name;
    std::variant<std::string_view, long long, double, bool> value;

    field(std::string_view n, std::string_view v) : name(n), value(v) {}
    field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    field(std::string_view n, bool v) : name(n), value(v) {}
    field(std::string_view n, double v) : name(n), value(v) {}
    template <class Integer>
        requires std::is_integral_v<Integer>
    field(std::string_view n, Integer v) : name(n), value(static_cast<long long>(v))
    {}
};

// message is a fixed text; what varies goes into fields. Values are escaped and cut at 4 KB.
void write(level l, std::string_view message, std::initializer_list<field> fields = {});

inline void debug(std::string_view m, std::initializer_list<field> f = {})
{
    write(level::debug, m, f);
}
inline void info(std::string_view m, std::initializer_list<field> f = {})
{
    write(level::info, m, f);
}
inline void warning(std::string_view m, std::initializer_list<field> f = {})
{
    write(level::warning, m, f);
}
inline void error(std::string_view m, std::initializer_list<field> f = {})
{
    write(level::error, m, f);
}

} // namespace vn::log
