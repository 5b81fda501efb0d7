// Frames between the server and the processes that run plugins. What they say is in docs/plugin-protocol.md.
//
//   | length, 4 bytes, big endian | head: one JSON object, no line break in it | \n | payload: any bytes |
//                                 |<------------------------ length ----------------------------------->|
//
// No I/O and no Asio: used by the server and by vn-plugin-host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

constexpr std::uint32_t frame_protocol = 1;
constexpr std::size_t frame_prefix = 4;
// The head of a frame, its line break included.
constexpr std::size_t head_limit = 8 << 20;

// Bytes in, whole frames out.
class frame_reader
{
public:
    enum class progress
    {
        incomplete,
        frame,
        too_large, // announced more bytes than the limit
        malformed, // without a head, or with one that is too long
    };

    struct frame
    {
        std::string_view head; // without the line break
        std::string_view payload;
    };

    // limit: of what a frame's length says.
    explicit frame_reader(std::size_t limit) : limit_(limit) {}

    // Where to put the next bytes; never empty. Ends the life of all frames given before.
    std::span<char> space();
    void received(std::size_t n) noexcept { end_ += n; }

    // The next frame; its views live until space() is called. After too_large or malformed there is no way on.
    progress next(frame& out);

    // Bytes of a frame that has not come whole.
    bool is_in_frame() const noexcept { return begin_ != end_; }

private:
    std::size_t wanted() const noexcept;

    std::size_t limit_;
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0; // of what has not been given out
    std::size_t end_ = 0;
};

// Begins a frame at the end of out: the head's fields are appended by the writer, with a comma in front of each.
//
//     frame_writer frame(out, "call");
//     frame.number("id", 7);
//     frame.text("name", "bond");
//     frame.finish(payload_size);      the caller sends the payload after it
class frame_writer
{
public:
    frame_writer(std::string& out, std::string_view type);

    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);
    void fraction(std::string_view name, double value);
    void numbers(std::string_view name, const std::vector<std::size_t>& values);
    void object(std::string_view name, std::string_view json);
    void finish(std::size_t payload_size = 0);

private:
    void name_of(std::string_view name);

    std::string& out_;
    std::size_t begin_;
};

// What heads may hold, whatever the type; fields that are not known are passed over.
struct frame_head
{
    std::string type;
    std::string kind;
    std::string name;
    std::string status;
    std::string text; // reason or text
    std::string request_id;
    std::string group_name;
    std::string traceparent;
    std::string level;
    std::uint64_t id = 0;
    std::uint32_t group = 0;
    std::uint32_t task = 0;
    std::uint32_t attempt = 1;
    std::uint32_t protocol = 0;
    std::int64_t deadline_ms = -1;
    double fraction = -1;
    std::vector<std::size_t> arguments; // sizes
    std::size_t output_bytes = 0;
    std::size_t frame_bytes = 0;
    std::string description; // JSON
    std::vector<std::pair<std::string, std::string>> settings;
};

// Nothing if it is no JSON object with a type, or a known field is of the wrong kind. Reuses what out holds.
bool parse_head(std::string_view json, frame_head& out);

} // namespace vn
