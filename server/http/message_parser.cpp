#include "http/message_parser.hpp"

#include "http/target.hpp"

#include <algorithm>
#include <limits>

namespace vn::http {

namespace {

// Of all chunks of one body together; nobody we know sends any.
constexpr std::size_t most_extension_bytes = 8 * 1024;
constexpr std::size_t most_trailer_bytes = 8 * 1024;
// What is set aside on an announcement alone, and from where on it is believed: a body that grows bit by bit would be
// copied again and again, at a few milliseconds each.
constexpr std::size_t most_reserved = 64 * 1024;
constexpr std::size_t believed_from = 1 << 20;

// text/xml; charset="utf-8"
void read_content_type(std::string_view value, request& out)
{
    const auto trimmed = [](std::string_view text) {
        const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
        const auto end = text.find_last_not_of(" \t");
        return end == text.npos ? std::string_view() : text.substr(begin, end - begin + 1);
    };
    auto semicolon = value.find(';');
    out.media_type = lower_text(trimmed(value.substr(0, semicolon)));
    while (semicolon != value.npos)
    {
        value.remove_prefix(semicolon + 1);
        semicolon = value.find(';');
        const auto parameter = trimmed(value.substr(0, semicolon));
        const auto equals = parameter.find('=');
        if (equals == parameter.npos || !same_text(parameter.substr(0, equals), "charset"))
            continue;
        auto text = parameter.substr(equals + 1);
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
            text = text.substr(1, text.size() - 2);
        out.charset = text;
        return;
    }
}

} // namespace

message_parser::message_parser(request& out) : out_(out)
{
    body_limit(boost::none);
}

std::optional<refusal> message_parser::parse_head(boost::asio::const_buffer head)
{
    header_limit(static_cast<std::uint32_t>(head.size() + most_trailer_bytes));
    const std::string_view text(static_cast<const char*>(head.data()), head.size());
    out_.headers.reserve(text.size(), static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));

    error_code ec;
    const auto used = put(head, ec);
    if (ec || !is_header_done() || used != head.size())
        return refusal{400, "bad-request", "The request header is not valid."};
    if (!target_is_right_)
        return refusal{400, "bad-target", "The request target is not valid."};

    const auto length = content_length();
    announced_ = length ? static_cast<std::size_t>(*length) : 0;
    has_body_ = chunked() || announced_ > 0;
    read_content_type(out_.headers.get("content-type"), out_);
    return {};
}

void message_parser::start_body(std::size_t max_bytes)
{
    body_limit(max_bytes);
    eager(true);
    out_.body.reserve(std::min(announced_, most_reserved));
}

message_parser::progress message_parser::parse_body(boost::asio::const_buffer bytes)
{
    error_code ec;
    progress out;
    out.consumed = put(bytes, ec);
    if (ec == boost::beast::http::error::body_limit)
        out.refused = refusal{413, "payload-too-large", "The request body is too large."};
    else if (ec && ec != boost::beast::http::error::need_more)
        out.refused = refusal{400, "bad-request", "The chunks of the request body are not valid."};
    return out;
}

void message_parser::on_request_impl(boost::beast::http::verb, boost::beast::string_view method,
                                     boost::beast::string_view target, int version, error_code&)
{
    out_.method = method;
    version_ = version;
    target_is_right_ = read_target(target, out_.path, out_.query);
}

void message_parser::on_field_impl(field_name, boost::beast::string_view name, boost::beast::string_view value,
                                   error_code&)
{
    out_.headers.add(name, value);
}

std::size_t message_parser::on_body_impl(boost::beast::string_view part, error_code&)
{
    if (out_.body.size() >= believed_from && out_.body.capacity() < announced_)
        out_.body.reserve(announced_);
    out_.body.append(part.data(), part.size());
    return part.size();
}

void message_parser::on_chunk_header_impl(std::uint64_t, boost::beast::string_view extension, error_code& ec)
{
    extension_bytes_ += extension.size();
    if (extension_bytes_ > most_extension_bytes)
        ec = boost::beast::http::error::bad_chunk_extension;
}

std::size_t message_parser::on_chunk_body_impl(std::uint64_t, boost::beast::string_view part, error_code&)
{
    out_.body.append(part.data(), part.size());
    return part.size();
}

} // namespace vn::http
