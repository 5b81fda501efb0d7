// Any bytes as the beginning of a connection: what the check lets pass must be what Beast understands, in one way only.
#include "http/head.hpp"
#include "http/message_parser.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace vn::http;

namespace {

constexpr head_limits limits{2048, 20, 512};
constexpr std::size_t most_body = 4096;

void expect(bool claim, const char* what)
{
    if (claim)
        return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

// The outcome must not depend on how the bytes were cut.
head_scan::outcome scan_in_steps(std::string_view bytes, std::size_t step)
{
    head_scan scan;
    for (std::size_t n = std::min(step, bytes.size());; n = std::min(n + step, bytes.size()))
    {
        auto out = scan.advance(bytes.substr(0, n), limits);
        if (out.length > 0 || out.refused || n == bytes.size())
            return out;
    }
}

void check_path(const std::string& path)
{
    expect(path == "*" || path.starts_with('/'), "a path starts with a slash");
    for (const char* bad : {"//", "/../", "/./", "\\"})
        expect(path.find(bad) == path.npos, "a path is normal");
    expect(!path.ends_with("/..") && !path.ends_with("/."), "a path is normal at its end");
    for (const char c : path)
        expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a path has no control characters");
}

void read_body(message_parser& parser, const request& req, std::string_view rest)
{
    parser.start_body(most_body);
    while (!parser.is_done() && !rest.empty())
    {
        const auto step = parser.parse_body(boost::asio::buffer(rest));
        expect(step.consumed <= rest.size(), "no more is consumed than there is");
        expect(req.body.size() <= most_body, "a body keeps its limit");
        if (step.refused || step.consumed == 0)
            return;
        rest.remove_prefix(step.consumed);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = scan_in_steps(bytes, bytes.size() + 1);
    const auto cut = scan_in_steps(bytes, 1);
    expect(whole.length == cut.length && whole.refused.has_value() == cut.refused.has_value(), "cuts change nothing");
    if (whole.length == 0)
        return 0;

    const auto head = bytes.substr(0, whole.length);
    if (check_head(head, limits))
        return 0;
    request req;
    message_parser parser(req);
    if (parser.parse_head(boost::asio::buffer(head)))
        return 0;
    check_path(req.path);
    expect(req.headers.size() <= limits.fields, "fields are bounded");
    expect(req.headers.count("content-length") + req.headers.count("transfer-encoding") <= 1, "one framing");
    expect(req.headers.count("host") <= 1, "one host");
    if (parser.body_announced() <= most_body)
        read_body(parser, req, bytes.substr(head.size()));
    return 0;
}
