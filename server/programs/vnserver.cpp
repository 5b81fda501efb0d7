// The daemon's command line.
#include "app/app.hpp"
#include "app/memory.hpp"
#include "app/settings_places.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>

namespace {

constexpr int bad_usage = 2;
constexpr int bad_configuration = 78; // EX_CONFIG

} // namespace

int main(int argc, char** argv)
{
    vn::keep_no_large_memory();
    CLI::App options("vnserver: values XML requests, task by task, over Redis Streams.", "vnserver");
    std::string file;
    bool check = false;
    bool print = false;
    options.add_option("--config", file, "the settings file; see etc/vnserver.info");
    options.add_flag("--check-config", check, "read the settings, say what is wrong, and exit");
    options.add_flag("--print-config", print, "print the settings in force, secrets masked, and exit");
    options.set_version_flag("--version", "vnserver " VN_VERSION);
    try
    {
        options.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return options.exit(e) == 0 ? 0 : bad_usage;
    }

    auto path = file.empty() ? vn::find_settings_file("/proc/self/exe") : std::filesystem::path(file);
    auto loaded = vn::load_settings(path, vn::process_environment());
    if (const auto wrong = vn::blocking_check_keys(loaded.values))
        loaded.mistakes.push_back(*wrong);
    for (const auto& warning : loaded.warnings)
        std::cerr << "vnserver: warning: " << warning << '\n';
    for (const auto& mistake : loaded.mistakes)
        std::cerr << "vnserver: " << mistake << '\n';
    if (!loaded.mistakes.empty())
        return bad_configuration;
    if (print)
        std::cout << vn::print_settings(loaded.values);
    if (print || check)
        return 0;

    vn::log::start(loaded.values.log_level, loaded.values.log_format);
    return vn::app(std::move(loaded.values)).run();
}
