#include "execution/plugin_set.hpp"

#include "core/log.hpp"
#include "core/sha256.hpp"
#include "execution/host_runner.hpp"
#include "execution/inline_runner.hpp"

#include <boost/algorithm/string/erase.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace vn {

namespace {

namespace fs = std::filesystem;

// The program or script of a command: the first word after the program that names a file, else the program.
std::string hash_of_command(const std::vector<std::string>& command)
{
    auto file = command.front();
    std::error_code ec;
    for (std::size_t i = 1; i < command.size(); ++i)
        if (fs::is_regular_file(command[i], ec))
        {
            file = command[i];
            break;
        }
    std::ifstream in(file, std::ios::binary);
    sha256_digest digest;
    char piece[1 << 14];
    while (in.read(piece, sizeof piece) || in.gcount() > 0)
        digest.add({piece, static_cast<std::size_t>(in.gcount())});
    return digest.hex();
}

} // namespace

plugin_set::plugin_set(asio::any_io_executor ex, plugin_set_settings settings)
    : ex_(ex), settings_(std::move(settings)), pool_(2),
      folder_(
          ex, pool_, registry_,
          [this](std::string file, std::map<std::string, std::string> s) {
              return describe(std::move(file), std::move(s));
          },
          [this](const plugin_source& s) { return start(s); }, settings_.folders, settings_.choices)
{
    for (const auto& [name, choice] : settings_.choices)
        if (!choice.command.empty())
            unopened_commands_.insert(name);
}

plugin_set::~plugin_set()
{
    pool_.join();
}

awaitable<void> plugin_set::run()
{
    using namespace asio::experimental::awaitable_operators;
    const auto stop = co_await graceful();
    co_await offer_commands();
    if (!stopping(stop))
        co_await (folder_.run() && offer_late_commands());
}

awaitable<void> plugin_set::offer_late_commands()
{
    const auto stop = co_await graceful();
    while (!stopping(stop) && !unopened_commands_.empty())
    {
        co_await pause_for(settings_.folders.rescan);
        if (!stopping(stop))
            co_await offer_commands();
    }
}

awaitable<void> plugin_set::ready(clock::duration limit)
{
    const auto end = clock::now() + limit;
    while (!folder_.first_look_done() && clock::now() < end)
        co_await pause_for(std::chrono::milliseconds(5));
    if (!folder_.first_look_done())
        log::warning("not all plugins have been opened yet");
    ready_ = true;
}

awaitable<bool> plugin_set::stop(clock::duration limit)
{
    registry_.drain();
    const auto end = clock::now() + limit;
    while (!registry_.is_done() && clock::now() < end)
    {
        co_await pause_for(std::chrono::milliseconds(5));
        registry_.clean();
    }
    co_return registry_.is_done();
}

awaitable<result<plugin_description, failure>> plugin_set::describe(std::string file,
                                                                    std::map<std::string, std::string> s)
{
    auto program = program_for(file, fs::path(file).filename(), std::move(s), settings_.running);
    auto answer = co_await ask_description(std::move(program), settings_.running);
    if (!answer)
    {
        // Nobody knows the private copy by its name.
        auto why = answer.error();
        boost::algorithm::erase_all(why.message, file + ": ");
        co_return why;
    }
    co_return answer;
}

awaitable<void> plugin_set::offer_commands()
{
    for (const auto& name : std::set(unopened_commands_))
    {
        const auto& choice = settings_.choices.at(name);
        const auto file = "plugins." + name;
        auto description = co_await ask_description({name, choice.command, choice.settings}, settings_.running);
        auto hash = co_await on_pool(pool_, [&] { return hash_of_command(choice.command); });
        if (!description)
        {
            registry_.refuse(file, description.error(), std::move(hash));
            continue;
        }
        unopened_commands_.erase(name);
        description->name = name;
        co_await folder_.offer({.file = file,
                                .path = {},
                                .sha256 = std::move(hash),
                                .description = std::move(*description),
                                .choice = choice});
    }
}

awaitable<result<started_plugin, failure>> plugin_set::start(plugin_source s)
{
    auto settings = settings_.running;
    if (s.choice.hosts > 0)
        settings.hosts = s.choice.hosts;
    const auto& name = s.description.name;
    started_plugin started;
    if (s.choice.runs_inline)
    {
        started.run = "inline";
        auto runner =
            co_await make_inline_runner(pool_, mapped_, s.path, name, s.choice.settings, settings, settings_.documents);
        if (runner)
        {
            started.runner = std::move(*runner);
            co_return started;
        }
        // R27: what has no room inline runs in hosts.
        started.note = "not inline: " + runner.error().message;
        log::warning("plugin does not run inline", {{"plugin", name}, {"reason", runner.error().message}});
    }
    const bool is_command = !s.choice.command.empty();
    started.run = is_command ? "command" : "host";
    auto program = is_command ? plugin_program{name, s.choice.command, s.choice.settings}
                              : program_for(s.path, name, s.choice.settings, settings);
    started.runner = make_host_runner(ex_, pool_, std::move(program), s.description, settings, settings_.documents);
    co_return started;
}

} // namespace vn
