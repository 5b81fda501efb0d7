// A plugin that commits the sin that is called: one function for each; and values tasks, with what the document says
// after "sin:" committed first.
#include <vn/plugin.h>

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

struct vn_instance
{
    const vn_host* host;
};

namespace {

std::string_view text(vn_bytes b)
{
    return b.data ? std::string_view(b.data, b.size) : std::string_view();
}

vn_bytes bytes(std::string_view t)
{
    return {t.data(), t.size()};
}

volatile int zero = 0;
std::atomic<int> inside{0};
std::atomic<int> most_inside{0};

int deeper(volatile char* above)
{
    volatile char frame[4096];
    frame[0] = above ? *above : 0;
    return deeper(frame) + frame[0];
}

vn_status commit(std::string_view sin, vn_instance* self, vn_call* call, std::string_view argument)
{
    if (sin == "null_pointer")
        *reinterpret_cast<volatile int*>(static_cast<std::uintptr_t>(zero)) = 1;
    if (sin == "abort")
        std::abort();
    if (sin == "stack_overflow")
        return deeper(nullptr);
    if (sin == "divide_by_zero")
        std::raise(SIGFPE);
    if (sin == "illegal_instruction")
        __builtin_trap();
    if (sin == "exit_0")
        std::exit(0);
    if (sin == "exit_at_once")
        ::_exit(3);
    if (sin == "throw_int")
        throw 7;
    if (sin == "throw_text")
        throw std::runtime_error("thrown through C");
    if (sin == "end_thread")
        pthread_exit(nullptr);
    if (sin == "hang")
        for (;;)
            ::pause();
    if (sin == "spin")
        for (volatile int i = 0;; i = i + 1)
            ;
    if (sin == "wait_for_cancel")
    {
        call->progress(call, 0.5, VN_BYTES("waits"));
        while (!call->cancelled(call))
            ::usleep(1000);
        return VN_CANCELLED;
    }
    if (sin == "allocate_100_gb")
    {
        std::vector<char*> all;
        for (int i = 0; i < 100; ++i)
            all.push_back(new char[1u << 30]);
        return all.empty() ? VN_FAILED : VN_OK;
    }
    if (sin == "terminate_for_memory")
        std::thread([] { throw std::bad_alloc(); }).join();
    if (sin == "write_too_much")
    {
        const std::string chunk(1 << 20, 'x');
        for (int i = 0; i < 1024; ++i)
            if (call->write(call, bytes(chunk)) != VN_OK)
                return VN_OK;
    }
    if (sin == "write_null")
        call->write(call, {nullptr, 17});
    if (sin == "print_100_mb")
    {
        const std::string line(1 << 16, 'y');
        for (int i = 0; i < 1600; ++i)
            std::fprintf(i % 2 ? stdout : stderr, "%s\n", line.c_str());
        call->write(call, VN_BYTES("printed"));
    }
    if (sin == "garbage" || sin == "half_frame" || sin == "huge_frame" || sin == "unknown_id")
    {
        // The channel is not ours to know; a sin is to look for it.
        for (int fd = 3; fd < 32; ++fd)
        {
            const char* what = "GET / HTTP/1.1\r\n\r\n";
            std::size_t n = std::strlen(what);
            const char half[] = {0, 0, 1, 0, '{'};
            const char huge[] = {127, 127, 127, 127, '{'};
            const std::string head = R"({"type":"result","id":999,"status":"ok"})"
                                     "\n";
            const std::string unknown = std::string(3, '\0') + static_cast<char>(head.size()) + head;
            if (sin == "half_frame")
                what = half, n = sizeof half;
            if (sin == "huge_frame")
                what = huge, n = sizeof huge;
            if (sin == "unknown_id")
                what = unknown.data(), n = unknown.size();
            [[maybe_unused]] const auto sent = ::send(fd, what, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (sin == "half_frame")
            ::_exit(0);
        ::pause();
    }
    if (sin == "close_everything")
    {
        for (int fd = 0; fd < 64; ++fd)
            ::close(fd);
    }
    if (sin == "fork")
        if (::fork() == 0)
            for (;;)
                ::pause();
    if (sin == "log")
        self->host->log(self->host, VN_LOG_WARNING, bytes(argument));
    if (sin == "fail")
        call->fail(call, bytes(argument));
    if (sin == "how_many")
    {
        const int now = ++inside;
        for (int most = most_inside; most < now && !most_inside.compare_exchange_weak(most, now);)
            ;
        ::usleep(2000);
        --inside;
        const std::string answer = std::to_string(most_inside);
        call->write(call, bytes(answer));
    }
    if (sin == "setting")
        call->write(call, self->host->setting(self->host, std::string(argument).c_str()));
    if (sin == "process")
        call->write(call, bytes(std::to_string(::getpid())));
    return VN_OK;
}

vn_status run_function(vn_instance* self, const vn_function* f, vn_call* call, const vn_bytes* arguments,
                       std::uint32_t count)
{
    const std::string_view name = f->name;
    const auto argument = count > 0 ? text(arguments[0]) : std::string_view();
    if (name == "echo")
        for (std::uint32_t i = 0; i < count; ++i)
            call->write(call, arguments[i]);
    const auto status = commit(name == "sin" ? argument : name, self, call, argument);
    return name == "fail" ? std::atoi(f->help) : status;
}

vn_status run_task(vn_instance* self, vn_call* call)
{
    const auto document = text(call->payload);
    if (const auto at = document.find("sin:"); at != document.npos)
    {
        const auto sin = document.substr(at + 4);
        if (sin.starts_with("wrong_output"))
            return call->write(call, VN_BYTES("<valuation>"));
        if (sin.starts_with("empty_output"))
            return VN_OK;
        if (const auto status = commit(sin.substr(0, sin.find_first_of(" <-")), self, call, {}); status != VN_OK)
            return status;
    }
    return call->write(call, VN_BYTES("101.25"));
}

vn_status fetch(vn_instance*, vn_call* call, vn_bytes uri)
{
    if (text(uri) == "sin:none")
        return VN_INVALID;
    return call->write(call, uri);
}

constexpr vn_argument any_text = {"text", nullptr, VN_TYPE_TEXT, VN_ARGUMENT_OPTIONAL | VN_ARGUMENT_REPEATED};

constexpr vn_function function(const char* name, const char* help = nullptr)
{
    return {sizeof(vn_function), 1, name, help, &any_text, VN_TYPE_TEXT, 0, run_function};
}

constexpr vn_argument two_numbers[] = {{"a", nullptr, VN_TYPE_NUMBER, 0}, {"b", nullptr, VN_TYPE_NUMBER, 0}};

constexpr vn_function all[] = {
    function("echo"),    function("sin"),
    function("log"),     function("fail", "1"),
    function("setting"), function("how_many"),
    function("process"), {sizeof(vn_function), 2, "add", "needs two", two_numbers, VN_TYPE_NUMBER, 0, run_function},
};
constexpr const vn_function* pointers[] = {&all[0], &all[1], &all[2], &all[3], &all[4], &all[5], &all[6], &all[7]};
constexpr vn_functions functions = {sizeof(vn_functions), 8, pointers};
constexpr const char* names[] = {"sinner"};
constexpr vn_task task = {sizeof(vn_task), 1, names, run_task};
constexpr const char* schemes[] = {"sin"};
constexpr vn_fetcher fetcher = {sizeof(vn_fetcher), 1, schemes, fetch};

vn_instance* create(const vn_host* host)
{
    const auto how = text(host->setting(host, "create"));
    if (how == "null")
    {
        host->log(host, VN_LOG_ERROR, VN_BYTES("no licence found"));
        return nullptr;
    }
    if (how == "hang")
        for (;;)
            ::pause();
    if (how == "abort")
        std::abort();
    return new vn_instance{host};
}

void destroy(vn_instance* self)
{
    delete self;
}

const void* capability(vn_instance*, const char* id)
{
    if (std::strcmp(id, VN_TASK) == 0)
        return &task;
    if (std::strcmp(id, VN_FUNCTION) == 0)
        return &functions;
    if (std::strcmp(id, VN_FETCHER) == 0)
        return &fetcher;
    return nullptr;
}

#ifndef SINS_FLAGS
#define SINS_FLAGS 0
#endif
constexpr vn_plugin plugin = {sizeof(vn_plugin), VN_ABI_MAJOR, VN_ABI_MINOR, SINS_FLAGS, "sins",
                              "1.2.3",           create,       destroy,      capability};

} // namespace

extern "C" VN_EXPORT const vn_plugin* vn_plugin_entry(void)
{
    return &plugin;
}
