#include "plugin_host/session.hpp"

#include "plugin_host/channel.hpp"
#include "plugin_host/opened_plugin.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>
#include <vector>

namespace vn::plugin_host {

namespace {

using namespace std::chrono_literals;

// Progress that comes faster is dropped: nobody can look at it.
constexpr auto progress_pause = 50ms;

std::string_view level_name(std::int32_t level)
{
    switch (level)
    {
    case VN_LOG_DEBUG:
        return "debug";
    case VN_LOG_INFO:
        return "info";
    case VN_LOG_WARNING:
        return "warning";
    default:
        return "error";
    }
}

std::string_view status_name(vn_status status, bool too_large)
{
    switch (status)
    {
    case VN_OK:
        return "ok";
    case VN_INVALID:
        return "invalid";
    case VN_RETRY:
        return "retry";
    case VN_CANCELLED:
        return "cancelled";
    default:
        return too_large ? "too-large" : "failed";
    }
}

int complain(const std::string& path, std::string why)
{
    std::ranges::replace(why, '\n', ' ');
    std::fprintf(stderr, "%s: %s\n", path.c_str(), why.c_str());
    return 1;
}

// A thread that ends inside of a plugin would leave the server waiting for an answer that cannot come.
class thread_end_guard
{
public:
    thread_end_guard() = default;
    thread_end_guard(const thread_end_guard&) = delete;
    ~thread_end_guard()
    {
        if (returned_)
            return;
        constexpr std::string_view line = "the plugin ended the thread of its call (pthread_exit)\n";
        [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
        std::_Exit(70);
    }
    void returned() noexcept { returned_ = true; }

private:
    bool returned_ = false;
};

class session
{
public:
    session(channel& c, opened_plugin& plugin, std::size_t output_limit)
        : channel_(c), plugin_(plugin), output_limit_(output_limit)
    {}

    // False when the server is gone, or does not keep to the protocol.
    bool answer(const message& m)
    {
        plugin_question q;
        if (!read_question(m, q))
            return false;
        offered_call call(q, output_limit_, [this, id = m.head.id](double fraction, std::string_view text) {
            report(id, fraction, text);
        });
        vn_status status = VN_FAILED;
        {
            const channel::listening<offered_call> listening(channel_, m.head.id, call);
            thread_end_guard guard;
            status = plugin_.call(q, call);
            guard.returned();
        }
        const std::string_view payload = status == VN_OK ? call.output : std::string_view();
        frames_.clear();
        frame_writer frame(frames_, "result");
        frame.number("id", static_cast<std::int64_t>(m.head.id));
        frame.text("status", status_name(status, call.too_large));
        if (status != VN_OK && !call.reason.empty())
            frame.text("reason", call.reason);
        frame.finish(payload.size());
        return channel_.send(frames_, payload);
    }

private:
    bool read_question(const message& m, plugin_question& q)
    {
        const auto& h = m.head;
        if (h.kind == "task")
            q.kind = plugin_call_kind::task;
        else if (h.kind == "function")
            q.kind = plugin_call_kind::function;
        else if (h.kind == "fetch")
            q.kind = plugin_call_kind::fetch;
        else
            return false;
        q.name = h.name;
        q.payload = m.payload;
        q.request_id = h.request_id;
        q.group_name = h.group_name;
        q.traceparent = h.traceparent;
        q.attempt = h.attempt;
        q.group = h.group;
        q.task_number = h.task;
        q.deadline_ms = h.deadline_ms;

        arguments_.clear();
        std::string_view rest = m.payload;
        for (const std::size_t size : h.arguments)
        {
            if (size > rest.size())
                return false;
            arguments_.push_back({rest.data(), size});
            rest.remove_prefix(size);
        }
        q.arguments = arguments_;
        return true;
    }

    void report(std::uint64_t id, double fraction, std::string_view text)
    {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_progress_ < progress_pause)
            return;
        last_progress_ = now;
        std::string frames;
        frame_writer frame(frames, "progress");
        frame.number("id", static_cast<std::int64_t>(id));
        frame.fraction("fraction", fraction);
        frame.text("text", text);
        frame.finish();
        channel_.send(frames);
    }

    channel& channel_;
    opened_plugin& plugin_;
    std::size_t output_limit_;
    std::string frames_;
    std::vector<vn_bytes> arguments_;
    std::chrono::steady_clock::time_point last_progress_{};
};

} // namespace

int run_session(int fd, const std::string& path)
{
    channel server(fd);
    message m;
    if (!server.next(m))
        return 0;
    if (m.head.type != "hello" || m.head.protocol != frame_protocol)
        return complain(path, "the server speaks frame protocol " + std::to_string(m.head.protocol) +
                                  ", this program " + std::to_string(frame_protocol));

    const std::size_t output_limit = m.head.output_bytes;
    auto opened = opened_plugin::open(path, {m.head.settings.begin(), m.head.settings.end()},
                                      [&](std::int32_t level, std::string_view text) {
                                          std::string frames;
                                          frame_writer frame(frames, "log");
                                          frame.text("level", level_name(level));
                                          frame.text("text", text);
                                          frame.finish();
                                          server.send(frames);
                                      });
    if (!opened)
        return complain(path, opened.error().message);

    std::string hello;
    frame_writer frame(hello, "hello");
    frame.number("protocol", frame_protocol);
    frame.object("description", describe((*opened)->description()));
    frame.finish();
    session calls(server, **opened, output_limit);
    bool goes_on = server.send(hello);
    while (goes_on && server.next(m) && m.head.type != "stop")
        if (m.head.type == "call")
            goes_on = calls.answer(m);
    return 0;
}

int print_description(const std::string& path, std::map<std::string, std::string> settings)
{
    // What the plugin itself prints is no part of the answer.
    std::FILE* const answer = ::fdopen(::dup(STDOUT_FILENO), "w");
    if (!answer || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return complain(path, "no descriptor left for the answer");
    const auto opened = opened_plugin::open(path, std::move(settings), [](std::int32_t, std::string_view) {});
    if (!opened)
        return complain(path, opened.error().message);
    std::fprintf(answer, "%s\n", describe((*opened)->description()).c_str());
    return std::fflush(answer) == 0 ? 0 : 1;
}

} // namespace vn::plugin_host
