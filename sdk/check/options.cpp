#include "check/options.hpp"

#include <vn/number.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace vn::check {
namespace {

constexpr const char* usage =
    R"(usage: vn-plugin-check [options] FILE.so

Shows what a plugin offers and tries to break it. Every dangerous step runs in a process of its own.

  --task FILE       a task document to value, instead of the built-in one
  --name NAME       the name of the task, instead of the first that the plugin declares
  --setting K=V     a setting of the plugin; may be repeated
  --timeout S       seconds for each trial (10)
  --grace S         seconds in which a cancelled call has to return (1)
  --calls N         calls of the trial for leaks (2000)
  --memory MB       what a trial may allocate (512)
  --list            only show what it offers
  --json            one JSON object instead of text
  --version, --help

exit status: 0 nothing found, 1 something found, 2 wrong usage
)";

[[noreturn]] void wrong(const std::string& what)
{
    std::fprintf(stderr, "vn-plugin-check: %s (--help shows the usage)\n", what.c_str());
    std::exit(2);
}

double number_of(const std::string& option, const char* text, double least, double most)
{
    const auto value = to_number(text);
    if (!value || *value < least || *value > most)
        wrong(option + " needs a number from " + number_text(least) + " to " + number_text(most));
    return *value;
}

std::string whole_file(const char* name)
{
    std::ifstream in(name, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof())
        wrong(std::string("cannot read ") + name);
    return text;
}

std::chrono::milliseconds seconds_of(const std::string& option, const char* text)
{
    return std::chrono::milliseconds(static_cast<long>(1000 * number_of(option, text, 0.1, 3600)));
}

} // namespace

options parse_options(int argc, char** argv)
{
    options chosen;
    bool only_files = false;
    for (int i = 1; i < argc; ++i)
    {
        const std::string word = argv[i];
        const auto value = [&]() -> const char* {
            if (i + 1 == argc)
                wrong(word + " needs a value");
            return argv[++i];
        };
        if (only_files || word.empty() || word[0] != '-')
        {
            if (!chosen.file.empty())
                wrong("one file at a time");
            chosen.file = word;
        }
        else if (word == "--")
            only_files = true;
        else if (word == "--help" || word == "-h")
        {
            std::fputs(usage, stdout);
            std::exit(0);
        }
        else if (word == "--version")
        {
            std::printf("vn-plugin-check %s, ABI %u.%u\n", VN_SDK_VERSION, VN_ABI_MAJOR, VN_ABI_MINOR);
            std::exit(0);
        }
        else if (word == "--json")
            chosen.json = true;
        else if (word == "--list")
            chosen.list_only = true;
        else if (word == "--task")
            chosen.task_document = whole_file(value());
        else if (word == "--name")
            chosen.task_name = value();
        else if (word == "--setting")
        {
            const std::string pair = value();
            const auto equals = pair.find('=');
            if (equals == pair.npos || equals == 0)
                wrong("--setting needs KEY=VALUE");
            chosen.settings[pair.substr(0, equals)] = pair.substr(equals + 1);
        }
        else if (word == "--timeout")
            chosen.timeout = seconds_of(word, value());
        else if (word == "--grace")
            chosen.grace = seconds_of(word, value());
        else if (word == "--calls")
            chosen.calls = static_cast<std::size_t>(number_of(word, value(), 100, 1e8));
        else if (word == "--memory")
            chosen.memory_mb = static_cast<std::size_t>(number_of(word, value(), 16, 1e6));
        else
            wrong("unknown option " + word);
    }
    if (chosen.file.empty())
        wrong("which file?");
    if (!std::ifstream(chosen.file, std::ios::binary))
        wrong("cannot read " + chosen.file);
    // A path without a slash would make dlopen search the system's folders.
    if (chosen.file.find('/') == chosen.file.npos)
        chosen.file = "./" + chosen.file;
    return chosen;
}

} // namespace vn::check
