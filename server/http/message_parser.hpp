// Beast's parser, writing into a request. It sees only heads that check_head() let pass.
#pragma once

#include "http/head.hpp"
#include "http/request.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vn::http {

class message_parser : boost::beast::http::basic_parser<true>
{
    using base = boost::beast::http::basic_parser<true>;
    using error_code = boost::beast::error_code;
    using field_name = boost::beast::http::field;

public:
    // The request outlives the parser.
    explicit message_parser(request& out);

    // The whole head. Fills all of the request but body, id, peer and path parameters.
    std::optional<refusal> parse_head(boost::asio::const_buffer head);

    // After parse_head(): the parts of the body as they come, at most max_bytes of it.
    void start_body(std::size_t max_bytes);
    struct progress
    {
        std::size_t consumed = 0;
        std::optional<refusal> refused;
    };
    // What is not consumed is to be given again, with more behind it, or belongs to the next request.
    progress parse_body(boost::asio::const_buffer bytes);

    // After parse_head().
    bool is_done() const { return base::is_done(); }
    bool keep_alive() const { return base::keep_alive(); }
    bool is_old() const noexcept { return version_ < 11; }
    bool has_body() const noexcept { return has_body_; }
    // 0 if none was announced, also for a chunked body.
    std::size_t body_announced() const noexcept { return announced_; }

private:
    void on_request_impl(boost::beast::http::verb, boost::beast::string_view method, boost::beast::string_view target,
                         int version, error_code& ec) override;
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_field_impl(field_name, boost::beast::string_view name, boost::beast::string_view value,
                       error_code&) override;
    // Trailers are read and dropped: nothing that was judged by the head may change behind it.
    void on_trailer_field_impl(field_name, boost::beast::string_view, boost::beast::string_view, error_code&) override
    {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view part, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view extension, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view part, error_code&) override;
    void on_finish_impl(error_code&) override {}

    request& out_;
    int version_ = 11;
    bool target_is_right_ = false;
    bool has_body_ = false;
    std::size_t announced_ = 0;
    std::size_t extension_bytes_ = 0;
};

} // namespace vn::http
