// Runs one plugin in a process of its own: vn-plugin-host FILE, with the socket to the server in VN_FD
// (docs/plugin-protocol.md), or describes one: vn-plugin-host --describe FILE [SETTING=VALUE...].
#include "plugin_host/crash_notes.hpp"
#include "plugin_host/session.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>

namespace {

int wrong_usage(const char* what)
{
    std::fprintf(stderr, "%s\nusage: vn-plugin-host FILE | --describe FILE [SETTING=VALUE...]\n", what);
    return 2;
}

int describe(int count, char** words)
{
    std::map<std::string, std::string> settings;
    for (int i = 1; i < count; ++i)
    {
        const char* const equals = std::strchr(words[i], '=');
        if (!equals)
            return wrong_usage("a setting is written NAME=VALUE");
        settings.emplace(std::string(words[i], static_cast<std::size_t>(equals - words[i])), equals + 1);
    }
    return vn::plugin_host::print_description(std::filesystem::absolute(words[0]), std::move(settings));
}

int serve(const char* file)
{
    const char* const number = std::getenv("VN_FD");
    int fd = -1;
    if (!number || std::from_chars(number, number + std::strlen(number), fd).ec != std::errc() ||
        ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return wrong_usage("VN_FD does not name a descriptor: this program is started by vnserver");
    ::unsetenv("VN_FD");
    return vn::plugin_host::run_session(fd, std::filesystem::absolute(file));
}

} // namespace

int main(int argc, char** argv)
{
    vn::plugin_host::note_stack_overflow();
    const bool describes = argc >= 3 && std::string_view(argv[1]) == "--describe";
    if (!describes && argc != 2)
        return wrong_usage("one file is expected");
    const int code = describes ? describe(argc - 2, argv + 2) : serve(argv[1]);
    // Not what the plugin registered for the end of the process: all that counts has been said.
    std::fflush(nullptr);
    std::_Exit(code);
}
