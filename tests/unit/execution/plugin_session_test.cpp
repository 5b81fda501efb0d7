// What vn-plugin-host does, in this process, so that sanitizers see its two threads.
#include "execution/frames.hpp"
#include "plugin_host/session.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace vn;

namespace {

struct fixture
{
    int ours = -1;
    int theirs = -1;
    int code = -1;
    std::thread host;
    frame_reader reader{1 << 26};
    frame_head head;

    fixture()
    {
        int ends[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        ours = ends[0];
        theirs = ends[1];
        const timeval limit{20, 0};
        ::setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        host = std::thread([this] { code = plugin_host::run_session(theirs, VN_BINARY_DIR "/test-plugins/sins.so"); });
    }
    ~fixture()
    {
        ::shutdown(ours, SHUT_RDWR);
        host.join();
        ::close(ours);
        ::close(theirs);
    }

    void send(const std::string& bytes) { BOOST_TEST(::send(ours, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0); }

    static std::string hello(std::uint32_t protocol = frame_protocol)
    {
        std::string out;
        frame_writer frame(out, "hello");
        frame.number("protocol", protocol);
        frame.object("limits", "{\"outputBytes\":1000,\"frameBytes\":100000}");
        frame.object("settings", "{\"colour\":\"blue\"}");
        frame.finish();
        return out;
    }

    static std::string simple(const char* type, int id = 0)
    {
        std::string out;
        frame_writer frame(out, type);
        frame.number("id", id);
        frame.finish();
        return out;
    }

    static std::string call(int id, const char* name, const std::string& argument, std::vector<std::size_t> sizes = {})
    {
        std::string out;
        frame_writer frame(out, "call");
        frame.number("id", id);
        frame.text("kind", "function");
        frame.text("name", name);
        frame.numbers("arguments", sizes.empty() ? std::vector{argument.size()} : sizes);
        frame.finish(argument.size());
        return out + argument;
    }

    // The next frame of that type; its payload.
    std::string receive(std::string_view type)
    {
        for (;;)
        {
            frame_reader::frame frame;
            while (reader.next(frame) == frame_reader::progress::frame)
            {
                BOOST_TEST_REQUIRE(parse_head(frame.head, head));
                if (head.type == type)
                    return std::string(frame.payload);
            }
            const auto space = reader.space();
            const auto n = ::recv(ours, space.data(), space.size(), 0);
            BOOST_TEST_REQUIRE(n > 0);
            reader.received(static_cast<std::size_t>(n));
        }
    }

    int stop()
    {
        send(simple("stop"));
        char byte = 0;
        host.join();
        host = std::thread([] {});
        BOOST_TEST(::recv(ours, &byte, 1, MSG_DONTWAIT) < 0);
        return code;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plugin_session, fixture)

BOOST_AUTO_TEST_CASE(answers_calls_until_it_is_stopped)
{
    send(hello());
    receive("hello");
    BOOST_TEST(head.protocol == 1u);
    BOOST_TEST(head.description.find("\"sins\"") != std::string::npos);
    // Several at once, in one piece.
    send(call(1, "echo", "abc", {1, 2}) + call(2, "setting", "colour") + call(3, "fail", "because"));
    BOOST_TEST(receive("result") == "abc");
    BOOST_TEST(head.id == 1u);
    BOOST_TEST(receive("result") == "blue");
    BOOST_TEST(head.id == 2u);
    receive("result");
    BOOST_TEST(head.status == "invalid");
    BOOST_TEST(head.text == "because");
    send(call(4, "sin", "write_too_much"));
    receive("result");
    BOOST_TEST(head.status == "too-large");
    BOOST_TEST(stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_cancel_is_seen_during_the_call)
{
    send(hello());
    receive("hello");
    for (int id = 1; id <= 3; ++id)
    {
        send(call(id, "sin", "wait_for_cancel"));
        // The call has begun when it tells of its progress, which comes once in 50 ms at most.
        if (id == 1)
            receive("progress");
        send(simple("cancel", 77) + simple("cancel", id));
        receive("result");
        BOOST_TEST(head.id == static_cast<unsigned>(id));
        BOOST_TEST(head.status == "cancelled");
    }
    // Too late, and together with its call.
    send(simple("cancel", 3) + call(4, "sin", "wait_for_cancel") + simple("cancel", 4) + call(5, "echo", "on"));
    receive("result");
    BOOST_TEST(head.status == "cancelled");
    BOOST_TEST(receive("result") == "on");
    BOOST_TEST(stop() == 0);
}

BOOST_AUTO_TEST_CASE(ends_when_the_server_is_gone)
{
    send(hello());
    receive("hello");
    ::shutdown(ours, SHUT_RDWR);
    host.join();
    host = std::thread([] {});
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(ends_at_another_protocol)
{
    send(hello(2));
    host.join();
    host = std::thread([] {});
    BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(ends_at_arguments_that_are_not_there)
{
    send(hello());
    receive("hello");
    send(call(1, "echo", "abc", {2, 2}));
    host.join();
    host = std::thread([] {});
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
