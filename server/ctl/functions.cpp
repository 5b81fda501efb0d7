#include "ctl/functions.hpp"

#include "core/async.hpp"
#include "core/children.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "ctl/exit_codes.hpp"
#include "ctl/opened_plugins.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>
#include <unistd.h>

namespace vn::ctl {

namespace fs = std::filesystem;

namespace {

constexpr auto call_limit = std::chrono::seconds(60);

// What is opened is a private copy, by the rules of the server.
class private_folder
{
    std::string path_;

public:
    private_folder()
    {
        auto name = (fs::temp_directory_path() / "vnctl-XXXXXX").string();
        path_ = ::mkdtemp(name.data()) ? name : std::string();
    }
    private_folder(const private_folder&) = delete;
    ~private_folder()
    {
        std::error_code ignored;
        if (!path_.empty())
            fs::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }
};

std::string signature(const function_description& f)
{
    std::string out = f.name + "(";
    for (const auto& a : f.arguments)
        out += (&a == &f.arguments.front() ? "" : ", ") + a.name + (a.repeated ? "..." : "") + (a.optional ? "?" : "") +
               ": " + a.type;
    return out + "): " + f.result;
}

bool takes(const function_description& f, std::size_t count)
{
    std::size_t least = 0;
    for (const auto& a : f.arguments)
        least += a.optional ? 0 : 1;
    const bool open = !f.arguments.empty() && f.arguments.back().repeated;
    return count >= least && (open || count <= f.arguments.size());
}

std::string one_line(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    return text;
}

awaitable<result<std::string, failure>> call(const function_places& where, asio::thread_pool& pool,
                                             const opened_plugin& from, std::string name,
                                             std::vector<std::string> arguments)
{
    auto running = where.running;
    running.hosts = 1;
    auto runner = make_host_runner(co_await asio::this_coro::executor, pool, from.program, from.description, running);
    auto out = co_await runner->call_function(std::move(name), std::move(arguments), call_limit);
    runner->drain();
    // Bounded by the runner: it kills what does not go.
    while (!runner->is_done())
        co_await pause_for(std::chrono::milliseconds(2));
    co_return out;
}

template <class Body>
int run(Body body)
{
    std::signal(SIGPIPE, SIG_IGN);
    log::start(log::level::error, log::format::text);
    children::become_subreaper();
    asio::io_context loop{1};
    int code = failed;
    asio::co_spawn(loop, body(), [&](std::exception_ptr e, int result) {
        if (e)
            std::cerr << "vnctl: it could not be done\n";
        else
            code = result;
    });
    loop.run();
    return code;
}

awaitable<int> list(const function_places& where, bool as_json)
{
    const private_folder copies;
    std::string json = "[";
    co_await open_plugins(where, copies.path(), [&](opened_plugin p) {
        for (const auto& f : p.description.functions)
        {
            if (as_json)
                json += (json.size() > 1 ? "," : "") + std::string("{\"name\":") + json_string(f.name) +
                        ",\"signature\":" + json_string(signature(f)) + ",\"help\":" + json_string(f.help) +
                        ",\"result\":" + json_string(f.result) + ",\"plugin\":" + json_string(p.description.name) +
                        ",\"version\":" + json_string(p.description.version) + ",\"file\":" + json_string(p.file) + "}";
            else
                std::cout << signature(f) << (f.help.empty() ? "" : "  " + one_line(f.help)) << '\n';
        }
        return false;
    });
    if (as_json)
        std::cout << json << "]\n";
    co_return success;
}

awaitable<int> call_by_name(const function_places& where, std::string name, std::vector<std::string> arguments,
                            bool as_json)
{
    const private_folder copies;
    std::optional<opened_plugin> from;
    co_await open_plugins(where, copies.path(), [&](opened_plugin p) {
        if (std::ranges::find(p.description.functions, name, &function_description::name) !=
            p.description.functions.end())
            from = std::move(p);
        return from.has_value();
    });
    if (!from)
    {
        std::cerr << "vnctl: there is no function " << one_line(name) << '\n';
        co_return bad_usage;
    }
    const auto& f = *std::ranges::find(from->description.functions, name, &function_description::name);
    if (!takes(f, arguments.size()))
    {
        std::cerr << "vnctl: " << arguments.size() << " arguments do not fit " << signature(f) << '\n';
        co_return bad_usage;
    }
    asio::thread_pool pool(1);
    auto out = co_await call(where, pool, *from, name, std::move(arguments));
    pool.join();
    if (!out)
    {
        std::cerr << "vnctl: " << name << ": " << one_line(out.error().message) << '\n';
        co_return out.error().code == "plugin-invalid" ? bad_usage : failed;
    }
    std::cout << (as_json ? "{\"result\":" + json_string(*out) + "}" : *out) << '\n';
    co_return success;
}

} // namespace

int list_functions(const function_places& where, bool json)
{
    return run([&] { return list(where, json); });
}

int call_function(const function_places& where, const std::string& name, const std::vector<std::string>& arguments,
                  bool json)
{
    return run([&] { return call_by_name(where, name, arguments, json); });
}

} // namespace vn::ctl
