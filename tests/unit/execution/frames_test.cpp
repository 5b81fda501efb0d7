// Frames: bytes in, frames out, whatever the pieces they come in.
#include "execution/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>

using namespace vn;
using progress = frame_reader::progress;

namespace {

std::string call_frame(std::string_view payload, std::string_view name = "bond")
{
    std::string out;
    frame_writer frame(out, "call");
    frame.number("id", 7);
    frame.text("name", name);
    frame.numbers("arguments", {1, 20, 300});
    frame.fraction("fraction", 0.25);
    frame.finish(payload.size());
    return out.append(payload);
}

void feed(frame_reader& reader, std::string_view bytes)
{
    while (!bytes.empty())
    {
        const auto space = reader.space();
        const auto n = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), n);
        reader.received(n);
        bytes.remove_prefix(n);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(frames)

BOOST_AUTO_TEST_CASE(come_out_as_they_went_in_however_they_are_cut)
{
    const std::string large(200'000, 'x');
    const std::string bytes = call_frame("<a/>") + call_frame("") + call_frame(large);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}, bytes.size()})
    {
        BOOST_TEST_CONTEXT("pieces of " << piece)
        {
            frame_reader reader(1 << 20);
            std::vector<std::string> payloads;
            for (std::size_t at = 0; at < bytes.size(); at += piece)
            {
                feed(reader, std::string_view(bytes).substr(at, piece));
                frame_reader::frame frame;
                while (reader.next(frame) == progress::frame)
                {
                    frame_head head;
                    BOOST_TEST(parse_head(frame.head, head));
                    BOOST_TEST(head.id == 7u);
                    BOOST_TEST(head.name == "bond");
                    BOOST_TEST((head.arguments == std::vector<std::size_t>{1, 20, 300}));
                    BOOST_TEST(head.fraction == 0.25);
                    payloads.emplace_back(frame.payload);
                }
            }
            BOOST_TEST((payloads == std::vector<std::string>{"<a/>", "", large}));
            BOOST_TEST(!reader.is_in_frame());
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_frame_is_told)
{
    const struct
    {
        const char* name;
        std::string bytes;
        progress expected;
    } cases[] = {
        {"too large", std::string("\x7f\xff\xff\xff{", 5), progress::too_large},
        {"one above the limit", std::string("\x00\x00\x04\x01", 4), progress::too_large},
        {"empty", std::string(4, '\0'), progress::malformed},
        {"head without an end", std::string("\x00\x00\x00\x02{}", 6), progress::malformed},
        {"not all of the length", std::string("\x00\x00", 2), progress::incomplete},
        {"not all of the head", std::string("\x00\x00\x00\x09{\"ty", 8), progress::incomplete},
        {"not all of the payload", std::string("\x00\x00\x00\x09{}\nabc", 10), progress::incomplete},
    };
    for (const auto& c : cases)
    {
        BOOST_TEST_CONTEXT(c.name)
        {
            frame_reader reader(1024);
            feed(reader, c.bytes);
            frame_reader::frame frame;
            BOOST_TEST((reader.next(frame) == c.expected));
            BOOST_TEST(reader.is_in_frame());
        }
    }
}

BOOST_AUTO_TEST_CASE(heads_of_another_kind_are_refused)
{
    frame_head head;
    for (const char* text :
         {"", "7", "[]", "{}", "{\"type\":7}", "{\"type\":\"result\",\"id\":-1}", "{\"type\":\"result\",\"id\":\"1\"}",
          "{\"type\":\"a\"} x", "{\"type\":\"a\",\"arguments\":[-1]}", "{\"type\":\"a\",\"settings\":{\"a\":1}}",
          "{\"type\":\"a\",\"group\":4294967296}"})
        BOOST_TEST(!parse_head(text, head), text);
    BOOST_TEST(parse_head("{ \"new\": [1, {}], \"type\" : \"a\" }", head));
    BOOST_TEST(!parse_head("{\"type\":\"a\",\"x\":" + std::string(10'000, '[') + "}", head), "deep");
}

BOOST_AUTO_TEST_CASE(texts_of_all_kinds_survive)
{
    const std::string name = "a \"quoted\" \n line \\ \xc3\xa4";
    const auto bytes = call_frame("", name);
    frame_reader reader(1024);
    feed(reader, bytes);
    frame_reader::frame frame;
    BOOST_TEST_REQUIRE((reader.next(frame) == progress::frame));
    frame_head head;
    BOOST_TEST_REQUIRE(parse_head(frame.head, head));
    BOOST_TEST(head.name == name);
}

BOOST_AUTO_TEST_SUITE_END()
